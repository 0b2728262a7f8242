package layers

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// newCoherent returns t with a near that follows far.
func newCoherent[K comparable, V any](t *twoLevel[K, V]) ctxcache.Cache[K, V] {
	// A lease stops a copy that is about to come, a Gap clears near, and Keys tells which of the keys noted it has.
	const needed = ctxcache.OpLease | ctxcache.OpClear | ctxcache.OpKeys
	if !t.farOps.Has(ctxcache.OpWatch) || !t.nearOps.Has(needed) {
		return invalid[K, V]{fmt.Errorf(
			"two-level: %w: Coherent needs a far that supports watch (it does %v), and a near that supports %v (it does %v)",
			ctxcache.ErrOptions, t.farOps, needed, t.nearOps)}
	}
	f := &follower[K, V]{
		near: t.near, far: t.far, reads: &t.reads, failed: t.opts.WatchFailed,
		keys: newStoredKeys[K](), stopped: make(chan struct{}),
	}
	t.near = newCoherentNear(f)
	ctx, stop := context.WithCancel(context.Background()) // near follows for as long as it lives: Close ends this
	f.stop = stop
	go func() {
		defer close(f.stopped)
		f.follow(ctx)
	}()
	return &coherent[K, V]{t, f}
}

// coherent is a two-level cache with something to close.
type coherent[K comparable, V any] struct {
	*twoLevel[K, V]
	follower *follower[K, V]
}

// Watch tells of far's changes, each when near has followed it: who reads after the event reads what is new. The
// follower may be behind, so it is not waited for.
func (c *coherent[K, V]) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	if err := c.begin(ctx, "watch"); err != nil {
		return err
	}
	ctx, fail := context.WithCancel(ctx)
	defer fail()
	var nearErr error
	err := ctxcache.Watch(ctx, c.far, func(e ctxcache.Event) {
		if nearErr != nil {
			return
		}
		if nearErr = c.follower.drop(ctx, e); nearErr != nil {
			fail()
			return
		}
		fn(e)
	})
	if nearErr != nil {
		return nearErr
	}
	return err
}

// Close ends the following of far; later calls return ctxcache.ErrClosed. Near and far stay open.
func (c *coherent[K, V]) Close() error {
	c.closed.Store(true)
	c.follower.stop()
	<-c.follower.stopped
	return nil
}

// follower makes near follow far's changes.
type follower[K comparable, V any] struct {
	near, far ctxcache.Cache[K, V]
	reads     *cached.Flight[K, ctxcache.Entry[V]] // of far, under way
	failed    func(err error)                      // may be nil

	keys      *storedKeys[K] // all that near has, or is about to get
	following atomic.Bool    // near may be believed: since the last Gap it has followed every event

	stop    context.CancelFunc
	stopped chan struct{} // closed when nothing of this runs any more
}

// A watch that failed is begun again after a pause. It grows, since far may be down for long, and is random, since
// every node loses far at the same time.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = 5 * time.Second
)

func (f *follower[K, V]) follow(ctx context.Context) {
	pause := firstPause
	for {
		began := time.Now()
		err := f.watch(ctx)
		if ctx.Err() != nil {
			return
		}
		if f.failed != nil {
			f.failed(err)
		}
		if time.Since(began) > lastPause { // it went well, for a while
			pause = firstPause
		}
		select {
		case <-time.After(pause/2 + rand.N(pause/2)):
		case <-ctx.Done():
			return
		}
		pause = min(2*pause, lastPause)
	}
}

// errWatchEnded stands for the error that far's Watch owes.
var errWatchEnded = errors.New("two-level: far's Watch has ended without an error")

// watch watches far, until far or near fails.
func (f *follower[K, V]) watch(ctx context.Context) error {
	ctx, fail := context.WithCancelCause(ctx)
	var pruning sync.WaitGroup
	pruning.Go(func() { f.prune(ctx, fail) })
	err := ctxcache.Watch(ctx, f.far, func(e ctxcache.Event) {
		if err := f.take(ctx, e); err != nil {
			fail(err)
		}
	})
	f.following.Store(false)
	if err == nil {
		err = errWatchEnded
	}
	fail(err) // of no effect where near has failed already
	pruning.Wait()
	return context.Cause(ctx)
}

// take follows one event. The error is near's, which may now have what it should not.
func (f *follower[K, V]) take(ctx context.Context, e ctxcache.Event) error {
	whole := e.Gap || e.All
	if whole {
		f.following.Store(false)
	}
	if err := f.drop(ctx, e); err != nil {
		f.following.Store(false)
		return err
	}
	if whole {
		f.following.Store(true)
	}
	return nil
}

// drop takes from near what e is about, and whoever asks from now on does not join a read from before it.
func (f *follower[K, V]) drop(ctx context.Context, e ctxcache.Event) error {
	if e.Gap || e.All {
		if err := ctxcache.Clear(ctx, f.near); err != nil {
			return err
		}
		f.reads.ForgetFunc(func(K) bool { return true })
		return nil
	}
	key, noted := f.keys.find(e.Key)
	if !noted {
		return nil
	}
	if err := f.near.Delete(ctx, key); err != nil {
		return err
	}
	f.reads.Forget(key)
	return nil
}

// prune drops the keys that near has evicted, each time when there are many, until ctx is done or near fails.
func (f *follower[K, V]) prune(ctx context.Context, fail func(error)) {
	for {
		select {
		case <-f.keys.crowded:
		case <-ctx.Done():
			return
		}
		since := f.keys.begin()
		kept := make(map[K]bool)
		for key, err := range ctxcache.Keys(ctx, f.near) {
			if err != nil {
				fail(err)
				return
			}
			kept[key] = true
		}
		for stored, key := range f.keys.before(since) {
			if kept[key] {
				continue
			}
			if err := f.near.Delete(ctx, key); err != nil { // a negative entry, which Keys does not list
				fail(err)
				return
			}
			f.keys.drop(stored, since)
		}
	}
}
