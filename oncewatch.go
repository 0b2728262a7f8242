package cached

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// pollsUnwatched is how often a load polls before it watches the cache. Most loads end before that, and to begin to watch
// may take a connection.
const pollsUnwatched = 3

// gatherChanges is how long a round waits for further changes after the first one.
const gatherChanges = time.Millisecond

// watching is the watch of the cache while loads wait for other holders. Its zero value is ready. It may be used
// concurrently.
type watching struct {
	mu    sync.Mutex
	loads int // that wait
	end   context.CancelFunc
}

// enter counts a load that waits, until leave is called. The first one calls watch, and the last one ends that.
func (w *watching) enter(watch func() (end context.CancelFunc)) (leave func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.loads == 0 {
		w.end = watch()
	}
	w.loads++
	return w.leave
}

func (w *watching) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.loads--; w.loads == 0 {
		w.end()
	}
}

// watch watches the cache until end is called, if the cache can be watched. The goroutine that watches counts as a load, so
// Close waits for its end.
func (f *Function[K, V]) watch() (end context.CancelFunc) {
	if !f.caps.Has(ctxcache.CapWatch) || !f.loads.enter() {
		return func() {}
	}
	ctx, end := context.WithCancel(f.life)
	go func() {
		defer f.loads.leave()
		defer func() {
			if r := recover(); r != nil {
				f.mention(ctx, newPanicError(r)) // the loads poll
			}
		}()
		err := f.cache.Watch(ctx, f.rounds.changed)
		if ctx.Err() == nil && !errors.Is(err, errors.ErrUnsupported) {
			f.mention(ctx, err)
		}
	}()
	return end
}

// changed begins the rounds that wait for what has changed. It does so a moment later, because changes of many keys come
// one after the other.
func (r *rounds[K, V]) changed(e ctxcache.Event) {
	for _, o := range r.waitingFor(e) {
		time.AfterFunc(gatherChanges, func() { r.begin(o) })
	}
}

func (r *rounds[K, V]) waitingFor(e ctxcache.Event) (waiting []*round[K, V]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.Gap || e.All {
		for _, o := range r.open {
			if o != nil {
				waiting = append(waiting, o)
			}
		}
		return waiting
	}
	if ctxcache.CheckKey(e.Key) != nil {
		return nil // it is not a key of this cache
	}
	if o := r.stored[e.Key]; o != nil {
		waiting = append(waiting, o)
	}
	return waiting
}

// note records that a load of key has joined the round o. The caller holds the lock.
func (r *rounds[K, V]) note(f *Function[K, V], o *round[K, V], key K) {
	var stored any
	if f.caps.Has(ctxcache.CapWatch) {
		stored = f.cache.StoredKey(key)
	}
	if stored == nil || ctxcache.CheckKey(stored) != nil {
		o.keys[key] = nil
		return
	}
	o.keys[key] = stored
	if r.stored == nil {
		r.stored = make(map[any]*round[K, V])
	}
	r.stored[stored] = o
}
