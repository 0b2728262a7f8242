package calls

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/ctxcache/cached/ctxcache"
)

// Group has the running calls of one cache. Its methods may be called concurrently.
type Group struct {
	life    context.Context // ends with Close
	endLife context.CancelFunc
	slots   chan struct{} // a call that has a limit, or a context that can end, holds one

	mu       sync.Mutex // so that no goroutine starts after Close
	running  sync.WaitGroup
	panicked error // the first panic of a goroutine; nil without one

	idle []*worker // that have no job
}

// NewGroup returns a Group for at most maxCalls running calls that have a limit, or a context that can end.
func NewGroup(maxCalls int) *Group {
	g := &Group{slots: make(chan struct{}, maxCalls)}
	// This context belongs to the goroutines of the group, not to a caller. Close ends it.
	g.life, g.endLife = context.WithCancel(context.Background())
	return g
}

// Closed reports whether Close was called.
func (g *Group) Closed() bool { return g.life.Err() != nil }

// Close ends the group. Calls that have a limit, or a context that can end, return [ctxcache.ErrClosed], and the contexts
// of all goroutines end. It reports whether this is the first Close. It does not wait for the goroutines; Wait does.
func (g *Group) Close() (first bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	first = !g.Closed()
	g.endLife()
	return first
}

// Wait waits until all goroutines of the group have ended.
func (g *Group) Wait() { g.running.Wait() }

// Panicked returns an error if a goroutine of the group panicked, and no caller was left to get the panic. It returns the
// first such panic, and only once. The message does not show the panic's value, which may contain a key. The cause
// shows the value and the stack.
func (g *Group) Panicked() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	err := g.panicked
	g.panicked = nil
	return err
}

// Go runs fn on a goroutine of the group. The context of fn ends with ctx or with the group. After Close, Go does
// nothing and returns false. A panic of fn ends only this goroutine, and is kept for Panicked.
func (g *Group) Go(ctx context.Context, fn func(context.Context)) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.Closed() {
		return false
	}
	g.running.Go(func() {
		defer g.keepPanic()
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(g.life, cancel)()
		fn(ctx)
	})
	return true
}

// keepPanic is deferred by the goroutines of the group.
func (g *Group) keepPanic() {
	value := recover()
	if value == nil {
		return
	}
	cause := fmt.Errorf("panic: %v\n\n%s", value, debug.Stack())
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.panicked == nil {
		g.panicked = ctxcache.Discreet("a call panicked after its caller had left", cause)
	}
}

// Try is Go for work that is not worth waiting for. It also does nothing and returns false if maxCalls calls are already
// running: then the servers probably hang, and this call would hang, too.
func (g *Group) Try(ctx context.Context, fn func(context.Context)) bool {
	select {
	case g.slots <- struct{}{}:
	default:
		return false
	}
	started := g.Go(ctx, func(ctx context.Context) {
		defer g.release()
		fn(ctx)
	})
	if !started {
		g.release()
	}
	return started
}

// acquire waits for a slot. It returns the context's error if ctx ends first, ErrTimeout if expired receives first, and
// ErrClosed after Close.
func (g *Group) acquire(ctx context.Context, expired <-chan struct{}) error {
	select {
	case g.slots <- struct{}{}:
		return nil
	default:
	}
	select {
	case g.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-expired:
		return ctxcache.ErrTimeout
	case <-g.life.Done():
		return ctxcache.ErrClosed
	}
}

func (g *Group) release() { <-g.slots }
