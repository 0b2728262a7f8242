package rediscache

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// call runs fn, which talks to the server, for operation op. If ctx can end it runs fn on another goroutine, because
// the client library returns late from a server that hangs, whatever its context says: the caller then leaves as soon
// as ctx is done, or the cache closed. The goroutine ends when the timeouts of the client do; what it returns that
// late goes to late, which may be nil and undoes it.
func call[T any](ctx context.Context, c *Cache, op string, fn func(context.Context) (T, error), late func(T)) (T, error) {
	var zero T
	if err := c.usable(ctx); err != nil {
		return zero, ctxcache.Fail(layer, op, err)
	}
	if ctx.Done() == nil {
		result, err := fn(ctx)
		return result, c.fail(ctx, op, err)
	}
	select {
	case c.slots <- struct{}{}:
	case <-ctx.Done():
		return zero, ctx.Err()
	case <-c.life.Done():
		return zero, ctxcache.Fail(layer, op, ctxcache.ErrClosed)
	}

	type outcome struct {
		result T
		err    error
	}
	finished := make(chan outcome)
	left := make(chan struct{})
	started := c.spawn(ctx, func(ctx context.Context) {
		defer func() { <-c.slots }()
		result, err := fn(ctx)
		select {
		case finished <- outcome{result, err}:
		case <-left:
			if late != nil {
				late(result)
			}
		}
	})
	if !started {
		<-c.slots
		return zero, ctxcache.Fail(layer, op, ctxcache.ErrClosed)
	}
	select {
	case o := <-finished:
		return o.result, c.fail(ctx, op, o.err)
	case <-ctx.Done():
		close(left)
		return zero, ctx.Err()
	case <-c.life.Done():
		close(left)
		return zero, ctxcache.Fail(layer, op, ctxcache.ErrClosed)
	}
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
	if c.life.Err() != nil {
		return ctxcache.ErrClosed
	}
	return nil
}

// spawn runs fn on a goroutine that Close waits for, with a context that ends with ctx or with the cache. It
// reports false, and does nothing, after Close.
func (c *Cache) spawn(ctx context.Context, fn func(context.Context)) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.life.Err() != nil {
		return false
	}
	c.running.Go(func() {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(c.life, cancel)()
		fn(ctx)
	})
	return true
}
