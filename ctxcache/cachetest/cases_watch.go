package cachetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/ctxcache/cached/ctxcache"
)

// watchCases are about the events of a store.
func watchCases() []Case {
	cases := []Case{
		{Name: "Watch/Ends", Rule: "Watch ends when its context is done, and returns the error of the context", run: func(p *probe) {
			p.watch().end(p)
		}},
		{Name: "Watch/Begins", Rule: "the first event is a Gap, and every change after it comes as an event", run: func(p *probe) {
			w := p.startWatch()
			p.await(p.patience, func() bool { return w.heard() > 0 }, "no event came in %v")
			if !w.first.Gap {
				p.stops("the first event is %+v, want a Gap", w.first)
			}
			w.forget()
			p.set("key", "value")
			w.awaits(p, "key", "a Set")
			w.end(p)
		}},
		{Name: "Watch/After", Rule: "a read after the event of a change sees the new value", run: runWatchAfter},
		{Name: "Watch/Drop", Rule: "a Drop comes as an event", needs: ctxcache.CapLease, run: func(p *probe) {
			p.reportsRemoval("Drop", func() { p.drop("key", p.lease("key", ctxcache.NoExpiry)) })
		}},
		{
			Name: "Watch/StoredKey",
			Rule: "different keys have different stored keys, and a key always has the same stored key",
			run: func(p *probe) {
				seen := make(map[any]bool)
				for _, key := range []string{"", "a", "b", "a:b", "\xff"} {
					stored := ctxcache.StoredKey(p.cache, key)
					if stored == nil {
						continue // the store cannot hold this key
					}
					if seen[stored] || stored != ctxcache.StoredKey(p.cache, key) {
						p.stops("StoredKey of %q is %q, which belongs to another key or has changed", key, stored)
					}
					seen[stored] = true
				}
			},
		},
	}
	return needing(ctxcache.CapWatch, slices.Concat(
		cases,
		per(writers, "Watch/Write", "a write of any kind comes as an event", 0, func(p *probe, w writer) {
			watcher := p.watch()
			w.store(p, "key", "value", hour)
			watcher.awaits(p, "key", w.name)
			watcher.end(p)
		}),
		per(negativeWriters(), "Watch/WriteNegative", "a write of a negative entry comes as an event", 0, func(p *probe, w writer) {
			watcher := p.watch()
			w.storeNegative(p, "key", hour)
			watcher.awaits(p, "key", w.name+" of a negative entry")
			watcher.end(p)
		}),
		per(deleters, "Watch/Delete", "a deletion of any kind comes as an event, or as an event about every key", 0,
			func(p *probe, d deleter) {
				p.reportsRemoval(d.name, func() { d.remove(p, "key") })
			}),
		streamCases(),
	))
}

// reportsRemoval ends the case if remove, which takes the value of "key" away, does not come as an event.
func (p *probe) reportsRemoval(cause string, remove func()) {
	p.Helper()
	w := p.watch()
	p.set("key", "value")
	w.awaits(p, "key", "a Set")
	w.forget()
	remove()
	w.awaits(p, "key", cause)
	w.end(p)
}

// runWatchAfter reads within the events of several writes, because a read after an event that came too early may still be
// late enough.
func runWatchAfter(p *probe) {
	stored := make(map[string]any)
	for i := range 10 {
		key := fmt.Sprint("key", i)
		p.set(key, "old")
		stored[key] = ctxcache.StoredKey(p.cache, key)
	}
	var saw sync.Map // the keys whose new value was read within an event about them
	w := p.watch()
	w.within(func(e ctxcache.Event) {
		for key := range stored {
			if e.Key != stored[key] && !e.All && !e.Gap {
				continue
			}
			if value, err := p.cache.Get(p.ctx, key); err == nil && string(value) == "new" {
				saw.Store(key, true)
			}
		}
	})
	for key := range stored {
		p.set(key, "new")
	}
	for key := range stored {
		p.await(p.patience, func() bool {
			_, ok := saw.Load(key)
			return ok
		}, "no event came in %v after which a read sees the new value")
	}
	w.end(p)
}

// watching is a Watch under way.
type watching struct {
	cancel context.CancelFunc
	ended  chan error

	mu      sync.Mutex
	count   int            // the number of events
	first   ctxcache.Event // written once, before count
	told    map[any]bool   // the stored keys in the events
	all     bool           // an event was about every key, or events were lost
	calls   int            // the calls of the function that are under way
	overlap bool           // two calls were under way at a time

	inside func(ctxcache.Event) // called within each event, if it is set
}

// startWatch begins to watch.
func (p *probe) startWatch() *watching {
	ctx, cancel := context.WithCancel(p.ctx)
	w := &watching{cancel: cancel, ended: make(chan error, 1), told: make(map[any]bool)}
	go func() { w.ended <- ctxcache.Watch(ctx, p.cache, w.event) }()
	return w
}

// watch begins to watch, and returns when events come in.
func (p *probe) watch() *watching {
	p.Helper()
	w := p.startWatch()
	p.await(p.patience, func() bool {
		if len(w.ended) > 0 {
			p.stops("Watch ended before its context: %v", <-w.ended)
		}
		p.set("a key for the start", "value")
		return w.knows(ctxcache.StoredKey(p.cache, "a key for the start"))
	}, "no event came in %v of many writes")
	w.forget()
	return w
}

// event records e.
func (w *watching) event(e ctxcache.Event) {
	w.mu.Lock()
	w.calls++
	w.overlap = w.overlap || w.calls > 1
	if w.count == 0 {
		w.first = e
	}
	w.count++
	if e.Key != nil {
		w.told[e.Key] = true
	}
	w.all = w.all || e.All || e.Gap
	inside := w.inside
	w.mu.Unlock()

	if inside != nil {
		inside(e)
	}
	runtime.Gosched()

	w.mu.Lock()
	w.calls--
	w.mu.Unlock()
}

// within calls f within each event from now on.
func (w *watching) within(f func(ctxcache.Event)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.inside = f
}

// heard returns the number of events so far.
func (w *watching) heard() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.count
}

func (w *watching) knows(stored any) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.all || w.told[stored]
}

// forget forgets which keys had events.
func (w *watching) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.told)
	w.all = false
}

// awaits ends the case if no event about key comes.
func (w *watching) awaits(p *probe, key, cause string) {
	p.Helper()
	stored := ctxcache.StoredKey(p.cache, key)
	p.await(p.patience, func() bool { return w.knows(stored) }, "no event came in %v after %s", cause)
}

// end stops watching. It ends the case if Watch did not return the error of its context, or called its function twice
// at a time.
func (w *watching) end(p *probe) {
	p.Helper()
	w.cancel()
	if err := <-w.ended; !errors.Is(err, context.Canceled) {
		p.stops("Watch: %v, want the error of its context", err)
	}
	if w.overlap {
		p.stops("Watch called its function twice at a time")
	}
}
