package tracing

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// instrument starts the spans of one cache.
type instrument struct {
	name          string
	source        source
	keys          KeyFormat
	errorMessages bool
	specs         map[string]spec // by operation; not written to after construction
}

// spec is what all spans of one operation have in common.
type spec struct {
	spanName string
	options  []trace.SpanStartOption
}

func newInstrument(name string, opts *Options, operations ...string) *instrument {
	if opts == nil {
		opts = &Options{}
	}
	in := &instrument{
		name:          name,
		source:        source{provider: opts.TracerProvider},
		keys:          opts.Keys,
		errorMessages: opts.ErrorMessages,
		specs:         make(map[string]spec, len(operations)),
	}
	for _, operation := range operations {
		in.specs[operation] = newSpec(name, operation)
	}
	return in
}

func newSpec(name, operation string) spec {
	return spec{
		spanName: operation + " " + name,
		options: []trace.SpanStartOption{
			trace.WithSpanKind(trace.SpanKindInternal),
			// Given at the start, so that samplers see them.
			trace.WithAttributes(AttrName.String(name), AttrOperation.String(operation)),
		},
	}
}

// start begins the span of operation, and returns the context to go on with. The span is nil if it is not recorded.
func (in *instrument) start(ctx context.Context, operation string) (context.Context, *span) {
	tracer := in.source.tracer(ctx)
	if tracer == nil {
		return ctx, nil
	}
	spec, ok := in.specs[operation]
	if !ok {
		spec = newSpec(in.name, operation)
	}
	ctx, started := tracer.Start(ctx, spec.spanName, spec.options...)
	if !started.IsRecording() {
		return ctx, nil
	}
	return ctx, &span{otel: started, in: in}
}

// span is one recorded operation.
type span struct {
	otel trace.Span
	in   *instrument
	told bool // whether the result is known
}

// key tells the key, if keys are wanted.
func (s *span) key(key any) {
	if s.in.keys != nil {
		s.otel.SetAttributes(AttrKey.String(s.in.keyText(key)))
	}
}

// keyText returns key as it may be told. Exporters reject whole batches for one string that is not UTF-8.
func (in *instrument) keyText(key any) string { return strings.ToValidUTF8(in.keys(key), "\uFFFD") }

// result tells how the operation ended. The error is recorded if result says that it is one.
func (s *span) result(result string, err error, more ...attribute.KeyValue) {
	s.told = true
	s.otel.SetAttributes(append(more, AttrResult.String(result))...)
	if result == ResultError {
		s.fail(err)
	}
}

// end ends the span. Deferred, it also ends that of an operation which never returned; SDKs that look for a panic
// do not find it here, since what it carries may be personal.
func (s *span) end() {
	if !s.told {
		s.otel.SetAttributes(AttrResult.String(ResultError))
		s.otel.SetStatus(codes.Error, "the operation did not return")
	}
	s.otel.End()
}
