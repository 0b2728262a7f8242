package cached

import (
	"context"
	"errors"
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
)

// KeyedFunction is a function whose results are cached under keys made of its arguments: [KeyedFunc] makes one. Its
// methods may be called concurrently.
type KeyedFunction[A any, K comparable, V any] struct {
	function *Function[K, V]
	key      func(A) (K, error)
}

// KeyedFunc is [Func] for arguments that are no keys themselves: several in a struct, slices, pointers. The function
// key makes a key of them, often by [JSONKey]. Arguments that load treats differently need different keys. What
// arguments point to is not to be modified after the call: a load may go on when its caller has left.
//
// An error of key is the [ctxcache.ErrKey] of the call. Its text is printed only if it wraps ErrKey itself, since it
// may quote the arguments.
//
// It panics if cache, key or load is nil. Invalid options are the error of every call.
func KeyedFunc[A any, K comparable, V any](
	cache ctxcache.Cache[K, V], key func(A) (K, error), load func(context.Context, A) (V, error), opts *Options,
) *KeyedFunction[A, K, V] {
	if key == nil || load == nil {
		panic("cached: KeyedFunc of a nil function")
	}
	// Arguments reach the load with the context of the caller who leads the flight: they are as good as those of all
	// others who have this key.
	source := func(ctx context.Context, _ K) (V, error) {
		args, _ := ctx.Value(argsKey{}).(A)
		return load(ctx, args)
	}
	return &KeyedFunction[A, K, V]{Func(cache, source, opts), key}
}

// argsKey is the context key of the arguments that a flight of a KeyedFunction is for.
type argsKey struct{}

// begin begins operation op: unless ctx is done, it makes the key, and puts the arguments into the context.
func (f *KeyedFunction[A, K, V]) begin(ctx context.Context, op string, args A) (context.Context, K, error) {
	var key K
	if err := ctx.Err(); err != nil {
		return nil, key, err
	}
	key, err := f.Key(args)
	if err != nil {
		return nil, key, ctxcache.Fail("func", op, err)
	}
	return context.WithValue(ctx, argsKey{}, args), key, nil
}

// Get returns the result for args, from the cache or from the source; see [Function.Get].
func (f *KeyedFunction[A, K, V]) Get(ctx context.Context, args A) (V, error) {
	ctx, key, err := f.begin(ctx, "get", args)
	if err != nil {
		var zero V
		return zero, err
	}
	return f.function.Get(ctx, key)
}

// Refresh loads the result for args anew and stores it; see [Function.Refresh].
func (f *KeyedFunction[A, K, V]) Refresh(ctx context.Context, args A) (V, error) {
	ctx, key, err := f.begin(ctx, "refresh", args)
	if err != nil {
		var zero V
		return zero, err
	}
	return f.function.Refresh(ctx, key)
}

// Contains reports whether the cache has a result for args. It loads nothing.
func (f *KeyedFunction[A, K, V]) Contains(ctx context.Context, args A) (bool, error) {
	ctx, key, err := f.begin(ctx, "contains", args)
	if err != nil {
		return false, err
	}
	return f.function.Contains(ctx, key)
}

// Delete removes the result for args from the cache and reports whether it was there; see [Function.Delete].
func (f *KeyedFunction[A, K, V]) Delete(ctx context.Context, args A) (was bool, err error) {
	ctx, key, err := f.begin(ctx, "delete", args)
	if err != nil {
		return false, err
	}
	return f.function.Delete(ctx, key)
}

// Key returns the key under which the cache has the result for args.
func (f *KeyedFunction[A, K, V]) Key(args A) (K, error) {
	key, err := f.key(args)
	if err == nil || errors.Is(err, ctxcache.ErrKey) {
		return key, err
	}
	var none K
	return none, fmt.Errorf("%w: %w", ctxcache.ErrKey, &unquotedError{"the arguments have no key", err})
}

// Clear deletes all results that the cache has; see [Function.Clear].
func (f *KeyedFunction[A, K, V]) Clear(ctx context.Context) error { return f.function.Clear(ctx) }

// Stats returns the counters; see [Function.Stats].
func (f *KeyedFunction[A, K, V]) Stats(ctx context.Context) (ctxcache.Stats, error) {
	return f.function.Stats(ctx)
}

// Close drains f; see [Function.Close].
func (f *KeyedFunction[A, K, V]) Close(ctx context.Context) error { return f.function.Close(ctx) }

// unquotedError has a cause that may quote arguments or results, and a text that does not.
type unquotedError struct {
	text  string
	cause error
}

func (e *unquotedError) Error() string { return e.text }
func (e *unquotedError) Unwrap() error { return e.cause }
