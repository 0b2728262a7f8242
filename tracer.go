package cached

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// Tracer is called at the beginning and end of calls and loads of a [Function]. Its methods are called concurrently.
type Tracer interface {
	// Call is called when a call of operation op begins: ctxcache.OpGet, OpRefresh, OpContains, OpDelete or OpClear.
	// The call goes on with the context that it returns. The returned func is called when the call ends. It may be nil.
	// Its result is "hit", "miss", "negative", "ok" or "error". Its joined is the context of another caller's load that
	// this call waited for, or nil.
	Call(ctx context.Context, op ctxcache.Operation) (context.Context, func(result string, joined context.Context, err error))

	// Load is called when a load begins. The loader gets the context that it returns. The returned func is called when
	// the load ends. It may be nil.
	Load(ctx context.Context) (context.Context, func(err error))
}

// trace makes a call of operation op, and calls the Tracer at its beginning and end.
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

// begin calls the Tracer, if there is one, at the beginning of a call that does not load. The call must call end when
// it ends.
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
