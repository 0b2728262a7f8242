package tracing

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/trace"

	"github.com/ctxcache/cached/ctxcache"
)

// LoadTracer records the calls of a cached function as spans: one for each call, and one for each load from the source.
// A call that waited for another caller's load has a link to that load. [Loads] makes a LoadTracer. Use it as the
// Tracer in the options of the cached function. Its methods may be called concurrently.
type LoadTracer struct {
	in *instrument
}

// Loads returns a LoadTracer whose spans are named "get {name}", "load {name}" and so on. Nil opts mean the defaults.
// These spans never have keys, and Options.Keys is ignored.
func Loads(name string, opts *Options) *LoadTracer {
	return &LoadTracer{in: newInstrument(name, opts, ctxcache.OpGet, ctxcache.OpGetEntries, ctxcache.OpRefresh,
		ctxcache.OpContains, ctxcache.OpSet, ctxcache.OpDelete, ctxcache.OpDeleteMany, ctxcache.OpClear, ctxcache.OpLoad)}
}

// Call starts the span of a call of a cached function. Op is "get", "get_entries" (GetMany), "refresh",
// "contains", "set", "delete", "delete_many" or "clear". The cached function does the work of the call in the context that Call returns. It then calls
// the func that Call returns, which ends the span. That func is nil if nothing records. Its result is one of the
// constants Result..., and err counts only if result is ResultError. If the call waited for a load of another caller,
// joined is the context that Load returned for that load; otherwise joined is nil.
func (t *LoadTracer) Call(
	ctx context.Context, op ctxcache.Operation,
) (context.Context, func(result string, joined context.Context, err error)) {
	ctx, span := t.in.start(ctx, op)
	if span == nil {
		return ctx, nil
	}
	return ctx, func(result string, joined context.Context, err error) {
		defer span.end() // also if a method of the error or of the context panics
		if load := trace.SpanContextFromContext(joined); load.IsValid() {
			span.otel.AddLink(trace.Link{SpanContext: load})
		}
		span.result(result, err)
	}
}

// Load starts the span of a load from the source. The load is done in the context that Load returns. The func that Load
// returns ends the span with the error of the load. It is nil if nothing records. [ctxcache.ErrNotFound] is an answer
// of the source, not a failure.
func (t *LoadTracer) Load(ctx context.Context) (context.Context, func(err error)) {
	ctx, span := t.in.start(ctx, ctxcache.OpLoad)
	if span == nil {
		return ctx, nil
	}
	return ctx, func(err error) {
		defer span.end() // also if a method of the error panics
		span.result(loadResult(err), err)
	}
}

// loadResult returns the result of a load. A loader may wrap ErrNotFound.
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
