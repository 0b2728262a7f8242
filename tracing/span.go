package tracing

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/ctxcache/cached/ctxcache"
)

// instrument starts the spans of one cache.
type instrument struct {
	name          string
	source        source
	keys          KeyFormat
	errorMessages bool
	specs         map[ctxcache.Operation]spec // not written to after construction
}

// spec has the name and the options that all spans of one operation share.
type spec struct {
	spanName string
	options  []trace.SpanStartOption
}

func newInstrument(name string, opts *Options, operations ...ctxcache.Operation) *instrument {
	if opts == nil {
		opts = &Options{}
	}
	in := &instrument{
		name:          name,
		source:        source{provider: opts.TracerProvider},
		keys:          opts.Keys,
		errorMessages: opts.ErrorMessages,
		specs:         make(map[ctxcache.Operation]spec, len(operations)),
	}
	for _, operation := range operations {
		in.specs[operation] = newSpec(name, operation)
	}
	return in
}

func newSpec(name string, operation ctxcache.Operation) spec {
	return spec{
		spanName: string(operation) + " " + name,
		options: []trace.SpanStartOption{
			trace.WithSpanKind(trace.SpanKindInternal),
			// Set at the start, so that samplers see them.
			trace.WithAttributes(AttrName.String(name), AttrOperation.String(string(operation))),
		},
	}
}

// start starts the span of operation, and returns it with a context that has it. If the span is not recorded, start
// returns ctx and nil.
func (in *instrument) start(ctx context.Context, operation ctxcache.Operation) (context.Context, *span) {
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
	told bool // whether result was called
}

// key sets the attribute of the key, if the options ask for keys.
func (s *span) key(key any) {
	if s.in.keys != nil {
		s.otel.SetAttributes(AttrKey.String(s.in.keyText(key)))
	}
}

// keyText returns key as text for a span. It makes the text valid UTF-8, because exporters reject a whole batch for one
// string that is not. It copies the text: a key may be a view of a buffer that the caller uses again before the span is
// exported.
func (in *instrument) keyText(key any) string {
	return strings.Clone(strings.ToValidUTF8(in.keys(key), "\uFFFD"))
}

// result sets the result of the operation. It records err if result is ResultError. If the operation did not return, it
// leaves the result to end.
func (s *span) result(result string, err error, more ...attribute.KeyValue) {
	if err == ctxcache.ErrUnreturned {
		return
	}
	s.told = true
	s.otel.SetAttributes(append(more, AttrResult.String(result))...)
	if result == ResultError {
		s.fail(err)
	}
}

// end ends the span. If the operation did not return, it sets the status Error. It does not record the value of a panic,
// which may be personal data.
func (s *span) end() {
	if !s.told {
		s.otel.SetAttributes(AttrResult.String(ResultError))
		s.otel.SetStatus(codes.Error, "the operation did not return")
	}
	s.otel.End()
}
