package memory

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/ctxcache/cached/ctxcache"
)

// Watch calls fn for every change: an entry, negative or not, that was stored, replaced, removed, evicted, or found to
// have expired. The first event is a Gap: it means that Watch reports every change from now on. Another Gap follows if
// fn is so slow that more than 65,536 changes were waiting for it. A write does not wait for fn, so it may return
// before fn is called. Watch returns when ctx is done, with its error, and after Close, with [ctxcache.ErrClosed].
func (c *Cache[K, V]) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	w := c.watchers.add()
	defer c.watchers.remove(w)
	for {
		if ctx.Err() != nil { // the caller has ended the Watch, which is not a failure
			return ctx.Err()
		}
		if err := c.usable(ctx); err != nil { // after add: a Close before this is seen here, and a later one wakes w
			return c.fail(ctxcache.OpWatch, err)
		}
		w.report(ctx, fn)
		select {
		case <-ctx.Done():
		case <-w.wake:
		}
	}
}

// StoredKey returns key, because keys are stored as they are. It returns nil if key cannot be in a map.
func (c *Cache[K, V]) StoredKey(key K) any {
	if c.checkKey(key) != nil {
		return nil
	}
	return key
}

// changes is a set of changes, without an order. All means that the whole cache has changed. Gap means that an unknown
// part of it has changed. Both make keys unnecessary.
type changes[K comparable] struct {
	keys     []K
	all, gap bool
}

func (c *changes[K]) none() bool { return len(c.keys) == 0 && !c.all && !c.gap }

// add adds more to c. If there are too many keys, they become a gap.
func (c *changes[K]) add(more changes[K]) {
	c.all = c.all || more.all
	c.gap = c.gap || more.gap || len(c.keys)+len(more.keys) > maxWaiting
	if c.all || c.gap {
		c.keys = nil
		return
	}
	c.keys = append(c.keys, more.keys...)
}

// maxWaiting is how many keys may wait for a watcher.
const maxWaiting = 1 << 16

// watcher is one call of Watch.
type watcher[K comparable] struct {
	wake chan struct{} // has room for one signal: something is waiting

	mu      sync.Mutex // writers hold it only for an append, so they do not wait for fn
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

// report calls fn for the waiting changes, until ctx is done.
func (w *watcher[K]) report(ctx context.Context, fn func(ctxcache.Event)) {
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

// watchers has the running calls of Watch. The zero value is empty. Its methods may be called concurrently.
type watchers[K comparable] struct {
	mu   sync.Mutex                    // held to change list
	list atomic.Pointer[[]*watcher[K]] // a slice that is replaced, never changed; nil while nobody watches
}

// any reports whether there is a watcher. Every write calls it.
func (ws *watchers[K]) any() bool { return ws.list.Load() != nil }

// add returns a new watcher. Its first event is a Gap, which stands for everything before.
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

// notify passes c to every watcher.
func (ws *watchers[K]) notify(c changes[K]) {
	if list := ws.list.Load(); list != nil {
		for _, w := range *list {
			w.add(c)
		}
	}
}
