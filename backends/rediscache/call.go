package rediscache

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// call makes a call for one stored key. Run must use the stored key, and not the caller's: see stored.
func call[T any](
	ctx context.Context, c *Cache, op ctxcache.Operation, stored string, run func(context.Context) (T, error),
) (T, error) {
	if c.channel.needs(stored) {
		var zero T
		return zero, c.reject(ctx, op, errChannelKey)
	}
	return calls.Task[T]{
		Op: op, Server: c.serverOf(ctx, stored),
		Run: func(ctx context.Context) (T, error) {
			if err := c.learnSlots(ctx); err != nil {
				var zero T
				return zero, err
			}
			return run(ctx)
		},
	}.Do(ctx, c.calls)
}

// do is call for an operation without a result.
func (c *Cache) do(ctx context.Context, op ctxcache.Operation, stored string, run func(context.Context) error) error {
	_, err := call(ctx, c, op, stored, func(ctx context.Context) (struct{}, error) { return struct{}{}, run(ctx) })
	return err
}

// callMany makes a call for many keys, by one part for each server. It returns the results of the parts: see
// [calls.Split]. The keys must be copies of the caller's: see stored.
func callMany[T any](
	ctx context.Context, c *Cache, op ctxcache.Operation, keys []string,
	run func(ctx context.Context, keys []string) (result T, failed map[string]error, err error),
) ([]T, error) {
	ctx, parts, err := c.parts(ctx, op, keys)
	if err != nil {
		return nil, err
	}
	return calls.Split(ctx, c.calls, op, parts, run)
}

// doMany is callMany for an operation without a result.
func (c *Cache) doMany(
	ctx context.Context, op ctxcache.Operation, keys []string,
	run func(ctx context.Context, keys []string) (failed map[string]error),
) error {
	keys, mistakes := c.withoutNeeded(keys)
	_, err := callMany(ctx, c, op, keys, func(ctx context.Context, keys []string) (struct{}, map[string]error, error) {
		return struct{}{}, run(ctx, keys), nil
	})
	return c.withMistakes(ctx, op, err, mistakes)
}
