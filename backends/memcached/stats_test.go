package memcached_test

import (
	"context"
	"errors"
	"testing"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

func TestStatsAreThisCachesOwn(t *testing.T) {
	server, prefix := memcachedtest.Start(t), nextPrefix()
	cache := newCache(t, server, &memcached.Options{Prefix: prefix})
	other := newCache(t, server, &memcached.Options{Prefix: prefix, Plain: true})
	client := newClient(t, server)
	ctx := t.Context()
	must(t, cache.Set(ctx, "a", []byte("value"), hour))
	must(t, cache.SetEntries(ctx, map[string]entry{"b": filling("value"), "none": negative(hour)}))
	must(t, client.Set(&memcache.Item{Key: prefix + "corrupt", Flags: 7}))
	holds(t, cache, "a", "value")
	for _, key := range []string{"none", "absent", "corrupt"} {
		if _, err := cache.Get(ctx, key); err == nil {
			t.Errorf("Get of %s succeeds", key)
		}
	}
	if _, err := cache.GetEntries(ctx, []string{"a", "b", "none", "absent", "other", "corrupt"}); !errors.Is(err, ctxcache.ErrCorrupt) {
		t.Error(err)
	}
	l := absentLease(t, ctx, cache, "filled")
	must(t, fill(t, cache, "filled", l, "value"))
	isLost(t, "Fill", fill(t, cache, "filled", l, "value"))
	lost := absentLease(t, ctx, cache, "lost")
	must(t, cache.Delete(ctx, "lost"))
	isLost(t, "Release", cache.Release(ctx, "lost", lost)) // no Fill
	must(t, cache.DeleteMany(ctx, []string{"a", "b"}))
	if _, err := cache.Remove(ctx, "none"); err != nil {
		t.Error(err)
	}
	if err := cache.Set(ctx, "large", make([]byte, 2<<20), 0); !errors.Is(err, ctxcache.ErrValue) {
		t.Error(err)
	}
	stats, err := cache.Stats(ctx)
	must(t, err)
	stats.Children = nil
	want := ctxcache.Stats{
		Name: "memcached", Reads: 10, Hits: 3, Negatives: 2, Misses: 3, Corrupt: 2, Errors: 3,
		Writes: 4, Deletes: 4, FillsLost: 1, Entries: -1,
	}
	if stats.String() != want.String() {
		t.Errorf("the counters are\n%v, want\n%v", stats, want)
	}
	if stats, err := other.Stats(ctx); err != nil || stats.Reads != 0 || stats.Writes != 0 {
		t.Errorf("another cache counts %v, %v", stats, err)
	}
}

func TestStatsOfAServerThatHangs(t *testing.T) {
	server := memcachedtest.Start(t)
	cache := newCache(t, server, &memcached.Options{ReadTimeout: soon})
	server.Pause()
	if _, err := cache.Get(t.Context(), "key"); !errors.Is(err, ctxcache.ErrTimeout) {
		t.Errorf("Get: %v", err)
	}
	stats, err := cache.Stats(t.Context())
	if err != nil || stats.Timeouts != 1 || stats.Errors != 1 || stats.Late != 0 || stats.ErrorRate() != 1 {
		t.Errorf("a server hangs: %v, %v", stats, err)
	}
	server.Resume()
	await(t, "the late answer is counted", func() bool {
		stats, err := cache.Stats(t.Context())
		return err == nil && stats.Late == 1
	})
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := cache.Stats(done); err != context.Canceled {
		t.Errorf("Stats with a context that is done: %v", err)
	}
}
