package twolevel

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// follower makes near follow far's changes. Its two goroutines run from start to stop.
type follower[K comparable, V any] struct {
	near    ctxcache.Forward[K, V]
	far     *ctxcache.Forward[K, V]
	reads   *cached.Flight[K, ctxcache.Entry[V]] // the far reads under way
	onError func(err error)                      // Options.OnWatchError; may be nil

	keys      *storedKeys[K] // all keys that near has or is about to get
	following atomic.Bool    // near may be read: it has followed every event since the last Gap

	cancel  context.CancelFunc
	stopped chan struct{} // closed when the goroutines have ended
}

func newFollower[K comparable, V any](
	near ctxcache.Cache[K, V], far *ctxcache.Forward[K, V], reads *cached.Flight[K, ctxcache.Entry[V]], onError func(error),
) *follower[K, V] {
	return &follower[K, V]{
		near: ctxcache.NewForward(near, ctxcache.Description{}), far: far, reads: reads, onError: onError,
		keys: newStoredKeys[K](), stopped: make(chan struct{}),
	}
}

// start starts to follow far.
func (f *follower[K, V]) start() {
	ctx, cancel := context.WithCancel(context.Background()) // near follows far until stop, not until a caller's context is done
	f.cancel = cancel
	go func() {
		defer close(f.stopped)
		f.follow(ctx)
	}()
}

// stop ends the goroutines and waits for their end. It may be called again.
func (f *follower[K, V]) stop() {
	f.cancel()
	<-f.stopped
}

// A watch that failed is started again after a pause. The pause grows, because far may be down for long. It is random,
// because all processes lose far at the same time.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = 5 * time.Second
)

func (f *follower[K, V]) follow(ctx context.Context) {
	pause := firstPause
	var unheard error // the failure of OnWatchError itself, which its next call reports
	for {
		began := time.Now()
		err := joined(alone(ctxcache.OpWatch, func() error { return f.watch(ctx) }), unheard)
		if ctx.Err() != nil {
			return
		}
		unheard = f.report(err)
		if time.Since(began) > lastPause { // the watch worked for a while
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

// report calls OnWatchError with err. It returns an error if OnWatchError panicked or ended its goroutine.
func (f *follower[K, V]) report(err error) error {
	if f.onError == nil {
		return nil
	}
	return alone(ctxcache.OpWatch, func() error {
		f.onError(err)
		return nil
	})
}

// errWatchEnded is used if far's Watch ends without an error, which it must not.
var errWatchEnded = ctxcache.Discreet("two-level: far's Watch has ended without an error", nil)

// watch watches far until far or near fails, and returns that error.
func (f *follower[K, V]) watch(ctx context.Context) error {
	ctx, fail := context.WithCancelCause(ctx)
	var pruning sync.WaitGroup
	pruning.Go(func() {
		guarded(ctxcache.OpWatch, func() error { return f.prune(ctx) }, fail)
	})
	err := alone(ctxcache.OpWatch, func() error {
		return f.far.Watch(ctx, func(e ctxcache.Event) { f.take(ctx, usable(e), fail) })
	})
	f.following.Store(false)
	if err == nil {
		err = errWatchEnded
	}
	fail(err) // no effect if near has failed before
	pruning.Wait()
	return context.Cause(ctx)
}

// take follows one event. If near fails, take ends the watch; near may then have old values.
func (f *follower[K, V]) take(ctx context.Context, e ctxcache.Event, fail func(error)) {
	whole := e.Gap || e.All
	if whole {
		f.following.Store(false)
	}
	guarded(ctxcache.OpWatch, func() error { return f.drop(ctx, e) }, func(err error) {
		switch {
		case err != nil:
			f.following.Store(false)
			fail(err)
		case whole:
			f.following.Store(true)
		}
	})
}

// usable returns e, or a Gap instead if e has a key that nobody can look up: it cannot be hashed, is not equal to
// itself, or is nil.
func usable(e ctxcache.Event) ctxcache.Event {
	if !e.Gap && !e.All && (e.Key == nil || ctxcache.CheckKey(e.Key) != nil) {
		return ctxcache.Event{Gap: true}
	}
	return e
}

// drop removes from near the keys that e, which is usable, is about. Callers that come after that do not join a read
// from before it.
func (f *follower[K, V]) drop(ctx context.Context, e ctxcache.Event) error {
	if e.Gap || e.All {
		if err := f.near.Clear(ctx, ctxcache.Scope[K]{}); err != nil {
			return err
		}
		f.reads.ForgetFunc(func(K) bool { return true })
		return nil
	}
	key, noted := f.keys.find(e.Key)
	if !noted { // near has no copy, but a read that began while near did not follow far may be under way
		f.reads.ForgetFunc(func(key K) bool { return f.far.StoredKey(key) == e.Key })
		return nil
	}
	if err := f.near.Delete(ctx, key); err != nil {
		return err
	}
	f.reads.Forget(key)
	return nil
}

// prune waits until there are many noted keys, and then drops those that near has evicted. It repeats that until ctx is
// done or near fails. It returns the error of ctx or near.
func (f *follower[K, V]) prune(ctx context.Context) error {
	for {
		select {
		case <-f.keys.crowded:
		case <-ctx.Done():
			return ctx.Err()
		}
		since := f.keys.begin()
		kept := make(map[K]bool)
		for key, err := range f.near.Keys(ctx, ctxcache.Scope[K]{}) {
			if err != nil {
				return err
			}
			kept[key] = true
		}
		for stored, key := range f.keys.before(since) {
			if kept[key] {
				continue
			}
			if err := f.near.Delete(ctx, key); err != nil { // near may have a negative entry, which Keys does not list
				return err
			}
			f.keys.drop(stored, since)
		}
	}
}
