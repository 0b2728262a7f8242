package calls

import (
	"context"
	"sync"

	"github.com/ctxcache/cached/ctxcache"
)

// Group are the calls of one cache. All methods may be called concurrently.
type Group struct {
	life    context.Context // ends with Close
	endLife context.CancelFunc
	slots   chan struct{} // one for every call whose context can end

	mu      sync.Mutex // guards the start of a goroutine against Close
	running sync.WaitGroup
}

// NewGroup returns a Group for at most maxCalls calls at a time whose context can end.
func NewGroup(maxCalls int) *Group {
	g := &Group{slots: make(chan struct{}, maxCalls)}
	// The group outlives the call that makes it: this is the context of its goroutines, and Close ends it.
	g.life, g.endLife = context.WithCancel(context.Background())
	return g
}

// Closed reports whether Close was called.
func (g *Group) Closed() bool { return g.life.Err() != nil }

// Close ends the group: calls in progress whose context can end return [ctxcache.ErrClosed], and the contexts of all
// goroutines end. It reports whether it is the first. It does not wait: Wait does.
func (g *Group) Close() (first bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	first = !g.Closed()
	g.endLife()
	return first
}

// Wait returns when no goroutine of the group is left.
func (g *Group) Wait() { g.running.Wait() }

// Go runs fn on a goroutine of the group, with a context that ends with ctx or with the group. It reports false, and
// does nothing, after Close.
func (g *Group) Go(ctx context.Context, fn func(context.Context)) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.Closed() {
		return false
	}
	g.running.Go(func() {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(g.life, cancel)()
		fn(ctx)
	})
	return true
}

// Try is Go for what is not worth waiting for: it does nothing after Close, nor if there are too many calls already:
// one more would hang as they do.
func (g *Group) Try(ctx context.Context, fn func(context.Context)) {
	select {
	case g.slots <- struct{}{}:
	default:
		return
	}
	if !g.Go(ctx, func(ctx context.Context) {
		defer g.release()
		fn(ctx)
	}) {
		g.release()
	}
}

// acquire waits for a slot.
func (g *Group) acquire(ctx context.Context) error {
	select {
	case g.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-g.life.Done():
		return ctxcache.ErrClosed
	}
}

func (g *Group) release() { <-g.slots }
