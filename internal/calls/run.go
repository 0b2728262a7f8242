package calls

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// Run runs fn, which talks to a server, and returns its result and error.
//
// If ctx can end, fn runs on a goroutine of g, and the caller leaves early: with the context's error when ctx is done,
// or with [ctxcache.ErrClosed] when g is closed. Then fn's result is passed to late (may be nil), which undoes it. If
// ctx cannot end, fn runs on the caller's goroutine.
func Run[T any](ctx context.Context, g *Group, fn func(context.Context) (T, error), late func(T)) (T, error) {
	var zero T
	if ctx.Done() == nil {
		return fn(ctx)
	}
	if err := g.acquire(ctx); err != nil {
		return zero, err
	}
	type outcome struct {
		result T
		err    error
	}
	finished := make(chan outcome)
	left := make(chan struct{})
	started := g.Go(ctx, func(ctx context.Context) {
		defer g.release()
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
		g.release()
		return zero, ctxcache.ErrClosed
	}
	select {
	case o := <-finished:
		return o.result, o.err
	case <-ctx.Done():
		close(left)
		return zero, ctx.Err()
	case <-g.life.Done():
		close(left)
		return zero, ctxcache.ErrClosed
	}
}
