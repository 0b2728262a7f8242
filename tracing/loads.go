package tracing

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/trace"

	"github.com/ctxcache/cached/ctxcache"
)

// LoadTracer shows the calls of a cached function as spans: a span per call, one per load from the source, and
// a link from each call that waited for a load to that load. It is the Tracer of the cached function's options.
// Its methods may be called concurrently.
type LoadTracer struct {
	in *instrument
}

// Loads returns a LoadTracer whose spans are named "get {name}", "load {name}" and so on. Nil opts are the
// defaults; there are no keys in these spans, whatever they say.
func Loads(name string, opts *Options) *LoadTracer {
	return &LoadTracer{in: newInstrument(name, opts, opGet, opRefresh, opContains, opDelete, opLoad)}
}

// Call begins a call by a caller of operation op: "get", "refresh", "contains", "delete" or "clear". What is done for it
// is done in the context returned. The func, which is nil if nothing records, ends it, with one of the
// constants Result... as the result, and the error if that is ResultError. If the call waited for a load that
// another caller had begun, joined is the context that Load returned to that one, and otherwise nil.
func (t *LoadTracer) Call(
	ctx context.Context, op string,
) (context.Context, func(result string, joined context.Context, err error)) {
	ctx, span := t.in.start(ctx, op)
	if span == nil {
		return ctx, nil
	}
	return ctx, func(result string, joined context.Context, err error) {
		if load := trace.SpanContextFromContext(joined); load.IsValid() {
			span.otel.AddLink(trace.Link{SpanContext: load})
		}
		span.result(result, err)
		span.end()
	}
}

// Load begins a load from the source, which is done in the context returned. The func, which is nil if nothing
// records, ends it. [ctxcache.ErrNotFound] is an answer of the source, and no failure.
func (t *LoadTracer) Load(ctx context.Context) (context.Context, func(err error)) {
	ctx, span := t.in.start(ctx, opLoad)
	if span == nil {
		return ctx, nil
	}
	return ctx, func(err error) {
		span.result(loadResult(err), err)
		span.end()
	}
}

// loadResult is the result of a load. A loader may wrap what it says.
func loadResult(err error) string {
	switch {
	case err == nil:
		return ResultOK
	case errors.Is(err, ctxcache.ErrNotFound):
		return ResultNegative
	default:
		return ResultError
	}
}
