package rediscache_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// A key is stored where the channel has its last message. No call may change that, because every write would fail from
// then on, or watchers would miss changes. The other keys of a call are none the worse for it.
func TestKeyThatTheChannelNeeds(t *testing.T) {
	type cache = *rediscache.Cache
	server, options := redistest.Start(t), rediscache.Options{Prefix: "change", Channel: "changes"}
	const bad, good = "s:last", "good"
	entry := ctxcache.NewEntry([]byte("v"), time.Minute)
	badOf := func(err error) error { return ctxcache.KeyError(err, bad) }
	for name, do := range map[string]func(ctx context.Context, c cache) error{
		"Set":      func(ctx context.Context, c cache) error { return c.Set(ctx, bad, nil, 0) },
		"SetEntry": func(ctx context.Context, c cache) error { return c.SetEntry(ctx, bad, entry) },
		"SetEntries": func(ctx context.Context, c cache) error {
			err := c.SetEntries(ctx, map[string]ctxcache.Entry[[]byte]{bad: entry, good: entry})
			if has, failed := c.Contains(ctx, good); !has || failed != nil {
				t.Errorf("SetEntries did not store the other key: %v", failed)
			}
			return badOf(err)
		},
		"Delete": func(ctx context.Context, c cache) error { return c.Delete(ctx, bad) },
		"DeleteMany": func(ctx context.Context, c cache) error {
			must(t, c.Set(ctx, good, nil, 0))
			err := c.DeleteMany(ctx, []string{good, bad})
			if has, failed := c.Contains(ctx, good); has || failed != nil {
				t.Errorf("DeleteMany did not delete the other key: %v", failed)
			}
			return badOf(err)
		},
		"Remove":   func(ctx context.Context, c cache) error { _, err := c.Remove(ctx, bad); return err },
		"GetLease": func(ctx context.Context, c cache) error { _, _, err := c.GetLease(ctx, bad, 0); return err },
		"GetLeases": func(ctx context.Context, c cache) error {
			_, granted, err := c.GetLeases(ctx, []string{good, bad}, ctxcache.NoExpiry)
			if !granted[good].Granted() {
				t.Errorf("GetLeases granted none for the other key: %v", err)
			}
			must(t, c.Release(ctx, good, granted[good]))
			return badOf(err)
		},
		"Get":      func(ctx context.Context, c cache) error { _, err := c.Get(ctx, bad); return err },
		"GetEntry": func(ctx context.Context, c cache) error { _, err := c.GetEntry(ctx, bad); return err },
		"GetMany": func(ctx context.Context, c cache) error {
			_, err := c.GetMany(ctx, []string{good, bad})
			return badOf(err)
		},
		"GetEntries": func(ctx context.Context, c cache) error {
			_, err := c.GetEntries(ctx, []string{good, bad})
			return badOf(err)
		},
		"Contains": func(ctx context.Context, c cache) error { _, err := c.Contains(ctx, bad); return err },
	} {
		t.Run(name, func(t *testing.T) {
			opened, err := rediscache.Open(server.URL(), &options)
			must(t, err)
			defer func() { must(t, opened.Close()) }()
			for _, c := range []cache{newCache(t, server.Client(t), &options), opened} {
				watch := follow(t, c)
				must(t, c.Set(t.Context(), "before", nil, 0)) // so that the channel has a last message
				if err := do(t.Context(), c); !errors.Is(err, ctxcache.ErrKey) {
					t.Errorf("got %v", err)
				}
				must(t, c.Set(t.Context(), "after", nil, 0))
				for e := watch.next(); e.Key != "changeafter"; e = watch.next() {
					if e.Gap || e.Key == "changes:last" {
						t.Errorf("a watcher hears %+v", e)
					}
				}
				watch.stop()
			}
		})
	}
}

// The key that the channel needs is a read that failed. It hides no miss of another key, and makes up none.
func TestKeyThatTheChannelNeedsIsNoMiss(t *testing.T) {
	client := redistest.Start(t).Client(t)
	c := newCache(t, client, &rediscache.Options{Prefix: "change", Channel: "changes"})
	ctx := ctxcache.CountAsRead(t.Context())
	for i, keys := range [][]string{{"s:last"}, {"s:last", "absent"}} {
		if _, _, err := c.GetLeases(ctx, keys, 0); !errors.Is(err, ctxcache.ErrKey) {
			t.Errorf("GetLeases(%q): %v, want %v", keys, err, ctxcache.ErrKey)
		}
		stats, err := c.Stats(ctx)
		if must(t, err); stats.Misses != uint64(i) || stats.Hits != 0 {
			t.Errorf("after GetLeases(%q): %d misses, %d hits", keys, stats.Misses, stats.Hits)
		}
	}
}

// Clear leaves what the channel needs alone, although its name begins with the prefix.
func TestClearLeavesTheLastMessage(t *testing.T) {
	client := redistest.Start(t).Client(t)
	c := newCache(t, client, &rediscache.Options{Prefix: "change", Channel: "changes"})
	watch := follow(t, c)
	must(t, c.Set(t.Context(), "a", nil, 0))
	must(t, c.Clear(t.Context(), ctxcache.Scope[string]{}))
	must(t, c.Set(t.Context(), "b", nil, 0))
	for e := watch.next(); e.Key != "changeb"; e = watch.next() {
		if e.Gap {
			t.Errorf("a watcher hears %+v", e)
		}
	}
}
