package twolevel

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// follower makes near follow the changes that a source reports. Its two goroutines run from start to stop.
type follower[K comparable, V any] struct {
	near    ctxcache.Forward[K, V]
	source  ctxcache.Source                      // far's own changes, or Options.Follow
	data    *Cache[K, V]                         // deletes in far what source reports; nil if source reports far's changes
	reads   *cached.Flight[K, ctxcache.Entry[V]] // the far reads under way
	onError func(err error)                      // Options.OnWatchError; may be nil

	keys *storedKeys[K] // all keys that near has or is about to get
	view *view          // near's
	lost func()         // called whenever near does not follow any more; may be nil

	// These belong to the goroutine that calls OnWatchError.
	unheard   error // the failure of OnWatchError itself, which its next call reports
	mentioned bool  // this Watch has reported a key that is not of the cache's type

	cancel  context.CancelFunc
	stopped chan struct{} // closed when the goroutines have ended
}

// newFollower returns the follower of c, whose near level is near.
func (c *Cache[K, V]) newFollower(near ctxcache.Cache[K, V]) *follower[K, V] {
	f := &follower[K, V]{
		near: ctxcache.NewForward(near, ctxcache.Description{}), source: c.opts.Follow, reads: &c.reads,
		onError: c.opts.OnWatchError, keys: newStoredKeys[K](), view: newView(c.opts.MaxStale), stopped: make(chan struct{}),
	}
	switch {
	case c.opts.Coherent:
		f.source = ctxcache.SourceOf[K, V](&c.far)
	case !ctxcache.OfCache(f.source):
		f.data = c
	}
	return f
}

// start starts to follow.
func (f *follower[K, V]) start() {
	ctx, cancel := context.WithCancel(context.Background()) // near follows until stop, not until a caller's context is done
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
	for {
		began := time.Now()
		f.mentioned = false
		err := alone(ctxcache.OpWatch, func() error { return f.watch(ctx) })
		if ctx.Err() != nil {
			return
		}
		f.report(err)
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

// report calls OnWatchError with err. If OnWatchError panics or ends its goroutine, its next call gets that, too.
func (f *follower[K, V]) report(err error) {
	if f.onError == nil {
		return
	}
	err = joined(err, f.unheard)
	f.unheard = alone(ctxcache.OpWatch, func() error {
		f.onError(err)
		return nil
	})
}

// errWatchEnded is used if a Watch ends without an error, which it must not.
var errWatchEnded = ctxcache.Discreet("two-level: Watch has ended without an error", nil)

// watch watches the source until it or near fails, and returns that error.
func (f *follower[K, V]) watch(life context.Context) error {
	ctx, fail := context.WithCancelCause(life)
	var pruning sync.WaitGroup
	pruning.Go(func() {
		guarded(ctxcache.OpWatch, func() error { return f.prune(ctx) }, fail)
	})
	err := alone(ctxcache.OpWatch, func() error {
		return f.source.Watch(ctx, func(e ctxcache.Event) {
			if f.data != nil && isUnusable(e) {
				f.mention(errUnknownKey)
			}
			f.take(ctx, life, usable(e), fail)
		})
	})
	f.lose()
	if err == nil {
		err = errWatchEnded
	}
	fail(err) // no effect if near has failed before
	pruning.Wait()
	return context.Cause(ctx)
}

// lose says that near does not follow from now on.
func (f *follower[K, V]) lose() {
	f.view.lose()
	if f.lost != nil {
		f.lost()
	}
}

// take follows one event. If near fails, take ends the watch, whose context is ctx; near may then have old values. Life is
// the context of all watches: a failure of near must not end what far is asked to do.
func (f *follower[K, V]) take(ctx, life context.Context, e ctxcache.Event, fail func(error)) {
	whole := e.Gap || e.All
	if whole {
		f.view.shut()
	}
	guarded(ctxcache.OpWatch, func() error {
		if f.data != nil {
			waited, err := f.dropFar(life, e) // (1) of data.go
			if err != nil {
				return err
			}
			if waited && !whole { // near has not followed meanwhile
				whole, e = true, ctxcache.Event{Gap: true}
				f.view.shut()
			}
		}
		return f.drop(ctx, e)
	}, func(err error) {
		switch {
		case err != nil:
			f.view.shut()
			fail(err)
		case whole:
			f.view.open()
		}
	})
}

// isUnusable reports whether e has a key that nobody can look up: it cannot be hashed, is not equal to itself, or is nil.
func isUnusable(e ctxcache.Event) bool {
	return !e.Gap && !e.All && (e.Key == nil || ctxcache.CheckKey(e.Key) != nil)
}

// usable returns e, or a Gap instead if e is unusable.
func usable(e ctxcache.Event) ctxcache.Event {
	if isUnusable(e) {
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
	if !noted { // near has no copy, but a read that began while near did not follow may be under way
		f.reads.ForgetFunc(func(key K) bool { return f.source.StoredKey(key) == e.Key })
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
