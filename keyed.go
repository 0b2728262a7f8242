package cached

import (
	"context"
	"errors"
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
)

// KeyedFunction is a function with a cache in front of it, whose keys are made of its arguments. [KeyedFunc] makes one.
// Its methods may be called concurrently. It is a ctxcache.Node.
type KeyedFunction[A any, K comparable, V any] struct {
	function *Function[K, V]
	key      func(context.Context, A) (K, error)
	load     func(context.Context, A) (V, error)
}

// KeyedFunc is [Func] for arguments that are not keys, such as several in a struct, slices and pointers. The function
// key makes the key, often [JSONKeyOf]. A key means the same under every context. So if results depend on the call's
// context, for example on the tenant, key must put that into the key, too:
//
//	ofTenant := func(ctx context.Context, q query) (string, error) { return cached.JSONKey(tenant(ctx), q) }
//	counts := cached.KeyedFunc(results, ofTenant, search, nil)
//
// Arguments that load treats differently must have different keys. The load may still run when its caller has left. It has
// a copy of the arguments' strings and slices, but not of what pointers and maps lead to: do not modify that after the
// call.
//
// If key fails, the call returns a [ctxcache.ErrKey]. The text of key's error may quote the arguments, so it is left
// out of the message unless the error wraps ErrKey itself.
//
// KeyedFunc panics if cache, key or load is nil. If the options are invalid, every call returns a ctxcache.ErrOptions.
func KeyedFunc[A any, K comparable, V any](
	cache ctxcache.Cache[K, V], key func(ctx context.Context, args A) (K, error), load func(context.Context, A) (V, error),
	opts *Options,
) *KeyedFunction[A, K, V] {
	if cache == nil || key == nil || load == nil {
		panic("cached: KeyedFunc of a nil cache or a nil function")
	}
	return &KeyedFunction[A, K, V]{newFunction(cache, opts), key, load}
}

// begin makes the key for operation op. If ctx is done, it returns the context's error.
func (f *KeyedFunction[A, K, V]) begin(ctx context.Context, op ctxcache.Operation, args A) (K, error) {
	if err := ctx.Err(); err != nil {
		var none K
		return none, err
	}
	return f.makeKey(ctx, op, args)
}

// makeKey makes the key for op. An error wraps ErrKey.
func (f *KeyedFunction[A, K, V]) makeKey(ctx context.Context, op ctxcache.Operation, args A) (K, error) {
	key, err := f.key(ctx, args)
	if err == nil {
		return key, nil
	}
	if !errors.Is(err, ctxcache.ErrKey) {
		err = fmt.Errorf("%w: %w", ctxcache.ErrKey, ctxcache.Discreet("the arguments have no key", err))
	}
	var none K
	return none, f.function.fail(op, err)
}

func (f *KeyedFunction[A, K, V]) source(args A) source[K, V] { return arguments[A, K, V]{f.load, args} }

// Get returns the result for args, from the cache or from the source. See [Function.Get].
func (f *KeyedFunction[A, K, V]) Get(ctx context.Context, args A) (V, error) {
	key, err := f.begin(ctx, ctxcache.OpGet, args)
	if err != nil {
		var zero V
		return zero, err
	}
	return f.function.getFrom(ctx, key, f.source(args))
}

// GetResult is Get with what is known about the result. See [Function.GetResult].
func (f *KeyedFunction[A, K, V]) GetResult(ctx context.Context, args A) (Result[V], error) {
	key, err := f.begin(ctx, ctxcache.OpGet, args)
	if err != nil {
		return Result[V]{}, err
	}
	return f.function.getResultFrom(ctx, key, f.source(args))
}

// Refresh loads the result for args anew, stores it and returns it. See [Function.Refresh].
func (f *KeyedFunction[A, K, V]) Refresh(ctx context.Context, args A) (V, error) {
	key, err := f.begin(ctx, ctxcache.OpRefresh, args)
	if err != nil {
		var zero V
		return zero, err
	}
	return f.function.refreshFrom(ctx, key, f.source(args))
}

// Contains reports whether the cache has a result for args. It does not load.
func (f *KeyedFunction[A, K, V]) Contains(ctx context.Context, args A) (bool, error) {
	key, err := f.begin(ctx, ctxcache.OpContains, args)
	if err != nil {
		return false, err
	}
	return f.function.Contains(ctx, key)
}

// Delete removes the result for args from the cache and reports whether the cache had it. See [Function.Delete].
func (f *KeyedFunction[A, K, V]) Delete(ctx context.Context, args A) (was bool, err error) {
	key, err := f.begin(ctx, ctxcache.OpDelete, args)
	if err != nil {
		return false, err
	}
	return f.function.Delete(ctx, key)
}

// Set stores value as the result for args. See [Function.Set].
func (f *KeyedFunction[A, K, V]) Set(ctx context.Context, args A, value V) error {
	key, err := f.begin(ctx, ctxcache.OpSet, args)
	if err != nil {
		return err
	}
	return f.function.Set(ctx, key, value)
}

// DeleteMany removes the results for all of args from the cache. See [Function.DeleteMany]. If one of them has no key,
// DeleteMany returns that error and deletes nothing. A *ctxcache.ManyError has the keys, not the arguments.
func (f *KeyedFunction[A, K, V]) DeleteMany(ctx context.Context, args []A) error {
	keys := make([]K, len(args))
	for i := range args {
		key, err := f.begin(ctx, ctxcache.OpDeleteMany, args[i])
		if err != nil {
			return err
		}
		keys[i] = key
	}
	return f.function.DeleteMany(ctx, keys)
}

// Key returns the key of the result for args. It depends on ctx if the key function uses the context.
func (f *KeyedFunction[A, K, V]) Key(ctx context.Context, args A) (K, error) {
	return f.makeKey(ctx, ctxcache.OpKey, args)
}

// Clear deletes all results that the cache has. See [Function.Clear].
func (f *KeyedFunction[A, K, V]) Clear(ctx context.Context) error { return f.function.Clear(ctx) }

// ClearIn deletes the results whose keys are in scope. The scope is about keys, as Key returns them, and not about
// arguments. See [Function.ClearIn].
func (f *KeyedFunction[A, K, V]) ClearIn(ctx context.Context, scope ctxcache.Scope[K]) error {
	return f.function.ClearIn(ctx, scope)
}

// Cache returns the cache under f, by key. See [Function.Cache].
func (f *KeyedFunction[A, K, V]) Cache() ctxcache.Cache[K, V] { return f.function.Cache() }

// Describe returns a description of f. See [Function.Describe].
func (f *KeyedFunction[A, K, V]) Describe() ctxcache.Description { return f.function.Describe() }

// Stats returns the counters of f. See [Function.Stats].
func (f *KeyedFunction[A, K, V]) Stats(ctx context.Context) (ctxcache.Stats, error) {
	return f.function.Stats(ctx)
}

// Close waits for running loads. See [Function.Close].
func (f *KeyedFunction[A, K, V]) Close(ctx context.Context) error { return f.function.Close(ctx) }
