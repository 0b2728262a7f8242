package cached

import (
	"context"
	"errors"
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
)

// KeyedFunction is a function whose results are cached under keys made of its arguments: [KeyedFunc] makes one. Its
// methods may be called concurrently. It is a ctxcache.Node.
type KeyedFunction[A any, K comparable, V any] struct {
	function *Function[K, V]
	key      func(context.Context, A) (K, error)
	load     func(context.Context, A) (V, error)
}

// KeyedFunc is [Func] for arguments that are not keys themselves: several in a struct, slices, pointers. The function
// key makes a key of them, and of the call's context where results depend on it: of the tenant, say. Often it is
// [JSONKeyOf]. Arguments that load treats differently need different keys. Do not modify what arguments point to after the
// call: a load may go on when its caller has left.
//
// An error of key is the [ctxcache.ErrKey] of the call. Its text is printed only if it wraps ErrKey itself, since it
// may quote the arguments.
//
// It panics if cache, key or load is nil. Invalid options are the error of every call.
func KeyedFunc[A any, K comparable, V any](
	cache ctxcache.Cache[K, V], key func(ctx context.Context, args A) (K, error), load func(context.Context, A) (V, error),
	opts *Options,
) *KeyedFunction[A, K, V] {
	if cache == nil || key == nil || load == nil {
		panic("cached: KeyedFunc of a nil cache or a nil function")
	}
	return &KeyedFunction[A, K, V]{newFunction(cache, nil, opts), key, load}
}

// begin begins operation op: unless ctx is done, it makes the key.
func (f *KeyedFunction[A, K, V]) begin(ctx context.Context, op ctxcache.Operation, args A) (K, error) {
	if err := ctx.Err(); err != nil {
		var none K
		return none, err
	}
	return f.makeKey(ctx, op, args)
}

// makeKey makes the key for op.
func (f *KeyedFunction[A, K, V]) makeKey(ctx context.Context, op ctxcache.Operation, args A) (K, error) {
	key, err := f.key(ctx, args)
	if err == nil {
		return key, nil
	}
	if !errors.Is(err, ctxcache.ErrKey) {
		err = fmt.Errorf("%w: %w", ctxcache.ErrKey, ctxcache.Discreet("the arguments have no key", err))
	}
	var none K
	return none, ctxcache.Fail(kind, op, err)
}

// source returns the source of a call for args. A flight loads for the args of its leader, which have the same key as
// the args of callers that join it. They are not in the context, so that a Tracer may replace that.
func (f *KeyedFunction[A, K, V]) source(args A) func(context.Context, K) (V, error) {
	return func(ctx context.Context, _ K) (V, error) { return f.load(ctx, args) }
}

// Get returns the result for args, from the cache or from the source; see [Function.Get].
func (f *KeyedFunction[A, K, V]) Get(ctx context.Context, args A) (V, error) {
	key, err := f.begin(ctx, ctxcache.OpGet, args)
	if err != nil {
		var zero V
		return zero, err
	}
	return f.function.getFrom(ctx, key, f.source(args))
}

// Refresh loads the result for args anew and stores it; see [Function.Refresh].
func (f *KeyedFunction[A, K, V]) Refresh(ctx context.Context, args A) (V, error) {
	key, err := f.begin(ctx, ctxcache.OpRefresh, args)
	if err != nil {
		var zero V
		return zero, err
	}
	return f.function.refreshFrom(ctx, key, f.source(args))
}

// Contains reports whether the cache has a result for args. It loads nothing.
func (f *KeyedFunction[A, K, V]) Contains(ctx context.Context, args A) (bool, error) {
	key, err := f.begin(ctx, ctxcache.OpContains, args)
	if err != nil {
		return false, err
	}
	return f.function.Contains(ctx, key)
}

// Delete removes the result for args from the cache and reports whether it was there; see [Function.Delete].
func (f *KeyedFunction[A, K, V]) Delete(ctx context.Context, args A) (was bool, err error) {
	key, err := f.begin(ctx, ctxcache.OpDelete, args)
	if err != nil {
		return false, err
	}
	return f.function.Delete(ctx, key)
}

// Key returns the key under which the cache has the result for args, for a call with this context.
func (f *KeyedFunction[A, K, V]) Key(ctx context.Context, args A) (K, error) {
	return f.makeKey(ctx, ctxcache.OpKey, args)
}

// Clear deletes all results that the cache has; see [Function.Clear].
func (f *KeyedFunction[A, K, V]) Clear(ctx context.Context) error { return f.function.Clear(ctx) }

// Describe returns what f is; see [Function.Describe].
func (f *KeyedFunction[A, K, V]) Describe() ctxcache.Description { return f.function.Describe() }

// Stats returns the counters; see [Function.Stats].
func (f *KeyedFunction[A, K, V]) Stats(ctx context.Context) (ctxcache.Stats, error) {
	return f.function.Stats(ctx)
}

// Close drains f; see [Function.Close].
func (f *KeyedFunction[A, K, V]) Close(ctx context.Context) error { return f.function.Close(ctx) }
