package cachetest_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// brokenWatches returns caches that do not report all changes, or report them too early.
func brokenWatches() []broken {
	silent := func(operation ctxcache.Operation) func() cache {
		return func() cache { return silentIn(operation) }
	}
	return []broken{
		{name: "forgets the event of Remove", new: silent(ctxcache.OpRemove), fails: []string{"Watch/Delete/Remove"}},
		{name: "forgets the event of DeleteMany", new: silent(ctxcache.OpDeleteMany), fails: []string{"Watch/Delete/DeleteMany"}},
		{name: "forgets the event of Drop", new: silent(ctxcache.OpDrop), fails: []string{"Watch/Drop"}},
		{
			name: "forgets the events of a Clear in a scope", new: func() cache { return clearsSilently{newReference()} },
			fails: []string{"Watch/Delete/ClearPrefix", "Watch/Delete/ClearMatch"},
		},
		{
			name: "forgets the events of negative entries", new: func() cache { return tellsValues{newReference()} },
			fails: []string{"Watch/WriteNegative/*"},
		},
		{
			name: "reports a change before it happens", new: func() cache { return tellsEarly{newReference()} },
			fails: []string{"Watch/After", "TTL/Ends/Set"},
		},
		{
			name: "reports to the Watch that began last", new: func() cache { return tellsLast{newReference()} },
			fails: []string{"Watch/Together"},
		},
		{
			name: "reports to the Watch that began first", new: func() cache { return tellsFirst{newReference()} },
			fails: []string{"Watch/Together"},
		},
		{
			name: "can be watched once", new: func() cache { return &tellsOnce{reference: newReference()} },
			fails: []string{"Watch/Together", "Watch/Again"},
		},
		{
			name: "forgets what a slow function does not take", new: func() cache { return forgetsEvents{newReference()} },
			fails: []string{"Watch/Slow"},
		},
		{
			name: "holds up writers while a function is slow", new: func() cache { return waitsForWatches{newReference()} },
			fails: []string{"Watch/Slow"},
		},
	}
}

// mute makes r report no changes until the caller calls unmute.
func (r *reference) mute() (unmute func()) {
	swap := func(watches map[int]chan ctxcache.Event) map[int]chan ctxcache.Event {
		r.mu.Lock()
		defer r.mu.Unlock()
		before := r.watches
		r.watches = watches
		return before
	}
	watches := swap(nil)
	return func() { swap(watches) }
}

// silentIn returns a cache that does not report the changes that operation makes.
func silentIn(operation ctxcache.Operation) cache {
	r := newReference()
	unmute := func() {}
	return cachetest.Hooked[string, []byte](r, cachetest.Hook[string]{
		Before: func(_ context.Context, call cachetest.Call[string]) error {
			if call.Operation == operation {
				unmute = r.mute()
			}
			return nil
		},
		After: func(_ context.Context, call cachetest.Call[string], err error) error {
			if call.Operation == operation {
				unmute()
			}
			return err
		},
	})
}

type clearsSilently struct{ *reference }

func (c clearsSilently) Clear(ctx context.Context, s scope) error {
	if !s.All() {
		defer c.mute()()
	}
	return c.reference.Clear(ctx, s)
}

// tellsValues does not report negative entries.
type tellsValues struct{ *reference }

func (c tellsValues) SetEntry(ctx context.Context, key string, e entry) error {
	defer c.muteIf(e.Absent)()
	return c.reference.SetEntry(ctx, key, e)
}

func (c tellsValues) SetEntries(ctx context.Context, entries map[string]entry) error {
	defer c.muteIf(anyAbsent(entries))()
	return c.reference.SetEntries(ctx, entries)
}

func (c tellsValues) Fill(ctx context.Context, key string, l lease, e entry) error {
	defer c.muteIf(e.Absent)()
	return c.reference.Fill(ctx, key, l, e)
}

func (c tellsValues) FillMany(ctx context.Context, entries map[string]entry, leases map[string]lease) error {
	defer c.muteIf(anyAbsent(entries))()
	return c.reference.FillMany(ctx, entries, leases)
}

func (c tellsValues) muteIf(absent bool) (unmute func()) {
	if !absent {
		return func() {}
	}
	return c.mute()
}

func anyAbsent(entries map[string]entry) bool {
	for _, e := range entries {
		if e.Absent {
			return true
		}
	}
	return false
}

type tellsEarly struct{ *reference }

func (c tellsEarly) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	c.mu.Lock()
	c.tell(key)
	c.mu.Unlock()
	time.Sleep(time.Millisecond) // meanwhile the event arrives
	defer c.mu.Unlock()
	if err := c.enter(ctx); err != nil {
		return err
	}
	e := ctxcache.NewEntry(value, ttl)
	if err := e.Check(); err != nil {
		return ctxcache.Fail("reference", ctxcache.OpSet, err)
	}
	watches := c.watches
	c.watches = nil
	c.store(key, e)
	c.watches = watches
	return nil
}

// tellsLast reports changes only to the Watch that began last.
type tellsLast struct{ *reference }

func (c tellsLast) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	c.mu.Lock()
	clear(c.watches)
	c.mu.Unlock()
	return c.reference.Watch(ctx, fn)
}

// tellsFirst reports changes only to the Watch that began first, until that has ended.
type tellsFirst struct{ *reference }

func (c tellsFirst) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	c.mu.Lock()
	first := len(c.watches) == 0
	c.mu.Unlock()
	return c.reference.Watch(ctx, func(e ctxcache.Event) {
		if first || e.Gap {
			fn(e)
		}
	})
}

// tellsOnce can be watched once.
type tellsOnce struct {
	*reference
	watched atomic.Bool
}

func (c *tellsOnce) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	if ctx.Err() == nil && c.watched.Swap(true) {
		return errors.New("it is watched, or was")
	}
	return c.reference.Watch(ctx, fn)
}

// forgetsEvents forgets events without a Gap if a function is slow.
type forgetsEvents struct{ *reference }

func (c forgetsEvents) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	return forgetful(c.reference.Watch)(ctx, fn)
}

// waitsForWatches makes each Set wait until the functions have taken all events.
type waitsForWatches struct{ *reference }

func (c waitsForWatches) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	err := c.reference.Set(ctx, key, value, ttl)
	for ctx.Err() == nil && c.waiting() {
		time.Sleep(time.Millisecond)
	}
	return err
}

// waiting reports whether an event waits for a function.
func (c waitsForWatches) waiting() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, events := range c.watches {
		if len(events) > 0 {
			return true
		}
	}
	return false
}

type endsSilently struct{ *reference }

func (c endsSilently) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	err := c.reference.Watch(ctx, fn)
	if errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

type startsSilently struct{ *reference }

func (c startsSilently) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	return c.reference.Watch(ctx, func(e ctxcache.Event) {
		if !e.Gap {
			fn(e)
		}
	})
}

type storesUnderOne struct{ *reference }

func (c storesUnderOne) StoredKey(key string) any {
	key, _, _ = strings.Cut(key, ":")
	return c.reference.StoredKey(key)
}
