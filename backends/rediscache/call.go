package rediscache

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// call runs fn, which talks to the server, for operation op. The caller leaves as soon as ctx is done, or the cache
// closed; the client library returns late from a server that hangs, whatever its context says. What fn returns that
// late goes to late, which may be nil and undoes it.
func call[T any](ctx context.Context, c *Cache, op string, fn func(context.Context) (T, error), late func(T)) (T, error) {
	if err := c.usable(ctx); err != nil {
		var zero T
		return zero, ctxcache.Fail(layer, op, err)
	}
	result, err := calls.Run(ctx, c.calls, fn, late)
	return result, c.fail(ctx, op, err)
}

// none is the result of a call that has none.
type none struct{}

// do is call for what has no result.
func do(ctx context.Context, c *Cache, op string, fn func(context.Context) error) error {
	_, err := call(ctx, c, op, func(ctx context.Context) (none, error) { return none{}, fn(ctx) }, nil)
	return err
}

// usable returns why a call fails whatever it is about: bad options, a done context, a closed cache.
func (c *Cache) usable(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if c.invalid != nil {
		return c.invalid
	}
	if c.calls.Closed() {
		return ctxcache.ErrClosed
	}
	return nil
}
