package calls

import (
	"context"
	"runtime"

	"github.com/ctxcache/cached/ctxcache"
)

// Run runs fn, which talks to a server, and returns its result and error.
//
// If ctx can end, fn runs on a goroutine of g, and the caller leaves early: with the context's error when ctx is done,
// or with [ctxcache.ErrClosed] when g is closed. Then fn's result is passed to late (may be nil), which undoes it. If
// ctx cannot end, fn runs on the caller's goroutine.
//
// If fn panics, Run panics with the same value. If fn calls [runtime.Goexit], so does Run. A panic after the caller has
// left is kept for [Group.Panicked].
func Run[T any](ctx context.Context, g *Group, fn func(context.Context) (T, error), late func(T)) (T, error) {
	var zero T
	if ctx.Done() == nil {
		return fn(ctx)
	}
	if err := g.acquire(ctx); err != nil {
		return zero, err
	}
	finished := make(chan outcome[T])
	left := make(chan struct{})
	started := g.Go(ctx, func(ctx context.Context) {
		defer g.release()
		var o outcome[T]
		defer func() {
			o.panicked = recover()
			select {
			case finished <- o:
			case <-left:
				o.abandon(late)
			}
		}()
		o.result, o.err = fn(ctx)
		o.returned = true
	})
	if !started {
		g.release()
		return zero, ctxcache.ErrClosed
	}
	select {
	case o := <-finished:
		return o.deliver()
	case <-ctx.Done():
		close(left)
		return zero, ctx.Err()
	case <-g.life.Done():
		close(left)
		return zero, ctxcache.ErrClosed
	}
}

// outcome is how a call ended: it returned, it panicked, or it called [runtime.Goexit].
type outcome[T any] struct {
	returned bool
	result   T
	err      error
	panicked any // the value of the panic; nil without one
}

// deliver ends the call on the caller's goroutine.
func (o outcome[T]) deliver() (T, error) {
	switch {
	case o.panicked != nil:
		panic(o.panicked)
	case !o.returned:
		runtime.Goexit()
	}
	return o.result, o.err
}

// abandon ends the call without its caller, on a goroutine of the group.
func (o outcome[T]) abandon(late func(T)) {
	switch {
	case o.panicked != nil:
		panic(o.panicked)
	case o.returned && late != nil:
		late(o.result)
	}
}
