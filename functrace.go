package cached

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// trace makes a call of operation op that the Tracer sees.
func (f *Function[K, V]) trace(
	ctx context.Context, op string, key K, call func(context.Context, K) (answer[V], error),
) (V, error) {
	ctx, end := f.opts.Tracer.Call(ctx, op)
	got, err := call(ctx, key)
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
func (f *Function[K, V]) begin(ctx context.Context, op string) (_ context.Context, end func(err error)) {
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
