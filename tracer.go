package cached

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// Tracer makes what a [Function] does visible. Its methods are called concurrently.
type Tracer interface {
	// Call begins a call of operation op: ctxcache.OpGet, OpRefresh, OpContains, OpDelete or OpClear. The cache is used
	// with the context it returns. The func ends the call, and may be nil if nothing records it: result is "hit",
	// "miss", "negative", "ok" or "error"; joined is the context of the load that another caller had begun and this one
	// waited for, or nil.
	Call(ctx context.Context, op ctxcache.Operation) (context.Context, func(result string, joined context.Context, err error))

	// Load begins a load. The loader gets the context it returns. The func ends it, and may be nil if nothing
	// records it.
	Load(ctx context.Context) (context.Context, func(err error))
}

// trace makes a call of operation op that the Tracer sees.
func (f *Function[K, V]) trace(
	ctx context.Context, op ctxcache.Operation, key K, source func(context.Context, K) (V, error),
	call func(context.Context, K, func(context.Context, K) (V, error)) (answer[V], error),
) (V, error) {
	ctx, end := f.opts.Tracer.Call(ctx, op)
	got, err := call(ctx, key, source)
	if end == nil {
		return got.value, err
	}
	result := "hit"
	switch {
	case err == ctxcache.ErrNotFound:
		result = "negative"
	case err != nil:
		result = "error"
	case got.missed:
		result = "miss"
	}
	var joined context.Context
	if got.flight != nil {
		if source := got.flight.source.Load(); source != nil {
			joined = *source
		}
	}
	end(result, joined, err)
	return got.value, err
}

// begin begins a call of operation op that loads nothing, which end ends.
func (f *Function[K, V]) begin(ctx context.Context, op ctxcache.Operation) (_ context.Context, end func(err error)) {
	if f.opts.Tracer == nil {
		return ctx, func(error) {}
	}
	ctx, record := f.opts.Tracer.Call(ctx, op)
	return ctx, func(err error) {
		switch {
		case record == nil:
		case err != nil:
			record("error", nil, err)
		default:
			record("ok", nil, nil)
		}
	}
}
