package calls

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// Call runs fn, which talks to a server, and returns its result and error as operation op: see [Run] and
// [Backend.Fail]. If the cache is not usable, it returns an error and does not run fn. If the caller has left, fn's
// result is passed to late (may be nil), which undoes it.
func Call[T any](
	ctx context.Context, b *Backend, op ctxcache.Operation, fn func(context.Context) (T, error), late func(T),
) (T, error) {
	if err := b.Usable(ctx); err != nil {
		var zero T
		return zero, ctxcache.Fail(b.about.Layer, op, err)
	}
	result, err := Run(ctx, b.Group, fn, late)
	return result, b.Fail(ctx, op, err)
}

// Do is [Call] for an operation without a result.
func Do(ctx context.Context, b *Backend, op ctxcache.Operation, fn func(context.Context) error) error {
	_, err := Call(ctx, b, op, func(ctx context.Context) (struct{}, error) { return struct{}{}, fn(ctx) }, nil)
	return err
}

// Many is [Call] for many keys. Fn also returns the errors of keys that failed. They become a [*ctxcache.ManyError].
// The error that fn returns is about the whole call. Fn must not use slices and maps of the caller: the caller may
// leave first and change them.
func Many[T any](
	ctx context.Context, b *Backend, op ctxcache.Operation,
	fn func(context.Context) (result T, failed map[string]error, err error),
) (T, error) {
	type outcome struct {
		result T
		failed map[string]error
	}
	o, err := Call(ctx, b, op, func(ctx context.Context) (outcome, error) {
		result, failed, err := fn(ctx)
		return outcome{result, failed}, err
	}, nil)
	if err != nil {
		return o.result, err
	}
	return o.result, b.FailMany(ctx, op, o.failed)
}

// DoMany is [Many] for an operation without a result.
func DoMany(
	ctx context.Context, b *Backend, op ctxcache.Operation,
	fn func(context.Context) (failed map[string]error, err error),
) error {
	_, err := Many(ctx, b, op, func(ctx context.Context) (struct{}, map[string]error, error) {
		failed, err := fn(ctx)
		return struct{}{}, failed, err
	})
	return err
}

// Unique returns a copy of keys without repetitions.
func Unique(keys []string) []string {
	seen := make(map[string]bool, len(keys))
	once := make([]string, 0, len(keys))
	for _, key := range keys {
		if !seen[key] {
			seen[key] = true
			once = append(once, key)
		}
	}
	return once
}
