package cached

import (
	"context"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// crowd counts goroutines whose callers have left. It keeps a cache that hangs from collecting goroutines without end.
type crowd struct{ inside atomic.Int64 }

// maxCrowd is how many goroutines may go on behind their callers. Each lives for some seconds at most over a cache that
// honours its context. A cache that has made so many late does not answer the next call either.
const maxCrowd = 1000

func (c *crowd) full() bool { return c.inside.Load() >= maxCrowd }

// within calls do, which asks the cache, and waits for it for limit at most. Then it returns a ctxcache.ErrTimeout, and
// do goes on behind, so that a connection that is being opened can be used by the next call. Its result then goes to late
// (may be nil), which undoes it. Close waits for it, because it is inside g.
//
// If do panics, within panics. If it does so late, fail gets a [*PanicError].
func within[T any](
	ctx context.Context, g *gate, behind *crowd, limit time.Duration,
	do func(context.Context) (T, error), late func(context.Context, T), fail func(context.Context, error),
) (T, error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	if behind.full() {
		return none, ctxcache.ErrTimeout
	}
	if !g.enter() && !g.enterBeside() { // a load that Close waits for asks the cache, too
		return none, ctxcache.ErrClosed
	}
	// A pointer, because a channel cannot have large elements.
	finished, left := make(chan *outcome[T]), make(chan struct{})
	// It may outlive the caller, but not without end.
	background, cancel := context.WithTimeout(context.WithoutCancel(ctx), unknownLimit)
	go func() {
		defer g.leave()
		defer cancel()
		o := &outcome[T]{err: ErrGoexit}
		defer func() {
			if r := recover(); r != nil {
				o.err, o.panicked = newPanicError(r), r
			}
			select {
			case finished <- o:
				return
			case <-left:
			}
			defer behind.inside.Add(-1)
			defer func() {
				if r := recover(); r != nil {
					fail(background, newPanicError(r))
				}
			}()
			switch {
			case o.panicked != nil || o.err == ErrGoexit:
				fail(background, o.err)
			case late != nil:
				late(background, o.result)
			}
		}()
		o.result, o.err = do(background)
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	var err error
	select {
	case o := <-finished:
		switch {
		case o.panicked != nil:
			panic(o.panicked)
		case o.err == ErrGoexit:
			runtime.Goexit()
		}
		return o.result, o.err
	case <-timer.C:
		err = ctxcache.ErrTimeout
	case <-ctx.Done():
		err = ctx.Err()
	}
	behind.inside.Add(1)
	close(left)
	return none, err
}

// outcome is how a call of the cache ended.
type outcome[T any] struct {
	result   T
	err      error
	panicked any
}
