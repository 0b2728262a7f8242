package cached

import (
	"context"
	"errors"

	"github.com/ctxcache/cached/ctxcache"
)

// Tracer is called at the beginning and end of calls and loads of a [Function]. Its methods are called concurrently.
type Tracer interface {
	// Call is called when a call of operation op begins: ctxcache.OpGet, OpGetEntries (of GetMany), OpRefresh,
	// OpContains, OpSet, OpDelete, OpDeleteMany or OpClear. The call goes on with the context that it returns. The returned
	// func is called when the call ends. It may be nil. Its result is "hit", "miss", "negative", "ok", "unsupported" or
	// "error". GetMany is "ok" or "error". The result is "unsupported" if the cache does not support op. Its joined is the
	// context of another caller's load that this call waited for, or nil. Its err is ctxcache.ErrUnreturned if the call
	// panicked or called runtime.Goexit.
	Call(ctx context.Context, op ctxcache.Operation) (context.Context, func(result string, joined context.Context, err error))

	// Load is called when a load begins. The loader gets the context that it returns. The returned func is called when
	// the load ends. It may be nil. Its err is ctxcache.ErrUnreturned if the loader panicked or called runtime.Goexit.
	Load(ctx context.Context) (context.Context, func(err error))
}

// trace makes a call of operation op, and calls the Tracer at its beginning and end.
func (f *Function[K, V]) trace(
	ctx context.Context, op ctxcache.Operation, key K, source source[K, V],
	call func(context.Context, K, source[K, V]) (answer[V], error),
) (V, error) {
	ctx, end := f.opts.Tracer.Call(ctx, op)
	var got answer[V]
	err := ctxcache.ErrUnreturned // replaced when the call returns
	if end != nil {
		defer func() { end(f.resultOf(got, err), got.joined(), err) }()
	}
	got, err = call(ctx, key, source)
	return got.value, err
}

// resultOf returns what the Tracer gets as the result of a call with this answer.
func (f *Function[K, V]) resultOf(a answer[V], err error) string {
	switch {
	case f.opts.isNotFound(err):
		return "negative"
	case err != nil:
		return "error"
	case a.missed:
		return "miss"
	default:
		return "hit"
	}
}

// joined returns the context of another caller's load that the call waited for, or nil.
func (a answer[V]) joined() context.Context {
	if a.flight != nil {
		if source := a.flight.source.Load(); source != nil {
			return *source
		}
	}
	return nil
}

// observe calls do: a call that does not load, or is for many keys. The result that the Tracer gets for it is only whether it
// succeeded. The Tracer, if there is one, is called at its beginning and end.
func (f *Function[K, V]) observe(ctx context.Context, op ctxcache.Operation, do func(context.Context) error) error {
	if f.opts.Tracer == nil {
		return do(ctx)
	}
	ctx, end := f.opts.Tracer.Call(ctx, op)
	err := ctxcache.ErrUnreturned // replaced when do returns
	if end != nil {
		defer func() { end(doneResult(err), nil, err) }()
	}
	err = do(ctx)
	return err
}

// doneResult returns what the Tracer gets as the result of such a call.
func doneResult(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, errors.ErrUnsupported):
		return "unsupported"
	default:
		return "error"
	}
}
