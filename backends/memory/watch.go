package memory

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/ctxcache/cached/ctxcache"
)

// Watch calls fn for every change: a value or negative entry that was stored, replaced, removed, evicted, or found to
// have expired. The first event, a Gap, says that it follows from now on; so does each later one, after a fn so slow
// that more than 65,536 changes were waiting for it. A write does not wait for fn: it may return before fn has heard of
// it. Close ends Watch with [ctxcache.ErrClosed].
func (c *Cache[K, V]) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	w := c.watchers.add()
	defer c.watchers.remove(w)
	for {
		if err := c.usable(ctx); err != nil { // asked after add: Close comes either before it, and is seen here, or wakes w
			return c.fail(ctxcache.OpWatch, err)
		}
		w.tell(ctx, fn)
		select {
		case <-ctx.Done():
		case <-w.wake:
		}
	}
}

// StoredKey returns key: keys are stored as they are.
func (c *Cache[K, V]) StoredKey(key K) any {
	if c.checkKey(key) != nil {
		return nil
	}
	return key
}

// changes are what happened in a store, without an order. All of them and an unknown part of them are kinds of their
// own, which make the keys superfluous.
type changes[K comparable] struct {
	keys     []K
	all, gap bool
}

func (c *changes[K]) none() bool { return len(c.keys) == 0 && !c.all && !c.gap }

// add adds more to c. Too many keys become a gap.
func (c *changes[K]) add(more changes[K]) {
	c.all = c.all || more.all
	c.gap = c.gap || more.gap || len(c.keys)+len(more.keys) > maxWaiting
	if c.all || c.gap {
		c.keys = nil
		return
	}
	c.keys = append(c.keys, more.keys...)
}

// maxWaiting bounds the keys that wait for a watcher.
const maxWaiting = 1 << 16

// watcher is one call of Watch.
type watcher[K comparable] struct {
	wake chan struct{} // has room for one: there is something to do

	mu      sync.Mutex // held by writers for an append, whatever the watcher does
	waiting changes[K]
}

func (w *watcher[K]) add(more changes[K]) {
	w.mu.Lock()
	w.waiting.add(more)
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// tell calls fn for what waits, until ctx is done.
func (w *watcher[K]) tell(ctx context.Context, fn func(ctxcache.Event)) {
	w.mu.Lock()
	waiting := w.waiting
	w.waiting = changes[K]{}
	w.mu.Unlock()
	if waiting.all || waiting.gap {
		fn(ctxcache.Event{All: waiting.all, Gap: waiting.gap})
	}
	for _, key := range waiting.keys {
		if ctx.Err() != nil {
			return
		}
		fn(ctxcache.Event{Key: key})
	}
}

// watchers are the calls of Watch under way. The zero value has none.
type watchers[K comparable] struct {
	mu   sync.Mutex                    // guards changes of now
	list atomic.Pointer[[]*watcher[K]] // the slice itself is never changed; nil while nobody watches
}

// any reports whether somebody watches. Every write asks.
func (ws *watchers[K]) any() bool { return ws.list.Load() != nil }

// add returns a new watcher, for whom everything before is a gap.
func (ws *watchers[K]) add() *watcher[K] {
	w := &watcher[K]{wake: make(chan struct{}, 1), waiting: changes[K]{gap: true}}
	ws.mu.Lock()
	defer ws.mu.Unlock()
	list := []*watcher[K]{w}
	if now := ws.list.Load(); now != nil {
		list = append(list, *now...)
	}
	ws.list.Store(&list)
	return w
}

func (ws *watchers[K]) remove(w *watcher[K]) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	list := slices.DeleteFunc(slices.Clone(*ws.list.Load()), func(other *watcher[K]) bool { return other == w })
	if len(list) == 0 {
		ws.list.Store(nil)
		return
	}
	ws.list.Store(&list)
}

// tell hands c to every watcher.
func (ws *watchers[K]) tell(c changes[K]) {
	if list := ws.list.Load(); list != nil {
		for _, w := range *list {
			w.add(c)
		}
	}
}
