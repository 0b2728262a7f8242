package memcached_test

import (
	"context"
	"errors"
	"strings"
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

func TestStatsCountLeasesThatFail(t *testing.T) {
	server := newScripted(t, func(command, _ string) string {
		if strings.HasPrefix(command, "gets") {
			return "END\r\n"
		}
		return "SERVER_ERROR read-only\r\n"
	})
	cache := newCacheOver(t, server, nil)
	ctx := t.Context()
	counted := func(want uint64, what string) {
		t.Helper()
		if stats, err := cache.Stats(ctx); err != nil || stats.Errors != want || stats.Reads != 0 {
			t.Errorf("%s: %v, %v; want %d errors and no reads", what, stats, err, want)
		}
	}
	_, _, err := cache.GetLease(ctx, "key", 0)
	fails(t, err, ctxcache.OpGetLease)
	counted(1, "a refused GetLease")
	_, _, err = cache.GetLeases(ctx, []string{"a", "b", "a"}, 0)
	fails(t, ctxcache.KeyError(err, "b"), ctxcache.OpGetLeases)
	counted(3, "refused GetLeases of two keys")
	if _, _, err := cache.GetLease(ctx, "key", -1); !errors.Is(err, ctxcache.ErrTTL) {
		t.Errorf("GetLease: %v", err)
	}
	counted(4, "GetLease with a negative TTL")
	if _, _, err := cache.GetLeases(ctx, []string{"a", "b"}, -1); !errors.Is(err, ctxcache.ErrTTL) {
		t.Errorf("GetLeases: %v", err)
	}
	counted(5, "GetLeases with a negative TTL")
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if _, _, err := cache.GetLease(canceled, "key", 0); err != context.Canceled {
		t.Errorf("GetLease: %v", err)
	}
	if _, _, err := cache.GetLeases(canceled, []string{"a"}, 0); err != context.Canceled {
		t.Errorf("GetLeases: %v", err)
	}
	counted(5, "calls that were canceled")
}

func TestStatsCountLeasesOfCorruptEntries(t *testing.T) {
	server := newScripted(t, func(string, string) string { return "VALUE key 7 3 1\r\nodd\r\nEND\r\n" })
	cache := newCacheOver(t, server, nil)
	_, _, err := cache.GetLease(t.Context(), "key", 0)
	corrupt(t, err, ctxcache.OpGetLease)
	_, _, err = cache.GetLeases(t.Context(), []string{"key"}, 0)
	corrupt(t, ctxcache.KeyError(err, "key"), ctxcache.OpGetLeases)
	if stats, err := cache.Stats(t.Context()); err != nil || stats.Corrupt != 2 || stats.Errors != 2 {
		t.Errorf("%v, %v; want 2 corrupt entries, which are errors", stats, err)
	}
}

// A miss, a hit and a lease of somebody else are answers.
func TestStatsCountNoAnswersOfGetLease(t *testing.T) {
	cache := newCacheOver(t, newFakeServer(t), nil)
	ctx := t.Context()
	absentLease(t, ctx, cache, "held")
	must(t, cache.Set(ctx, "key", []byte("value"), hour))
	if _, l, err := cache.GetLease(ctx, "held", 0); err != ctxcache.ErrMiss || l.Granted() {
		t.Errorf("GetLease of a key that somebody else loads: %+v, %v", l, err)
	}
	must(t, second(cache.Get(ctx, "key")))
	if _, _, err := cache.GetLeases(ctx, []string{"key", "held", "absent"}, 0); err != nil {
		t.Errorf("GetLeases: %v", err)
	}
	if stats, err := cache.Stats(ctx); err != nil || stats.Errors != 0 || stats.FillsLost != 0 {
		t.Errorf("%v, %v; want no errors", stats, err)
	}
}

// A GetLease that is the first read of its key counts as one.
func TestStatsCountLeasesAsReads(t *testing.T) {
	cache := newCacheOver(t, newFakeServer(t), nil)
	must(t, cache.Set(t.Context(), "key", []byte("value"), hour))
	must(t, cache.SetEntry(t.Context(), "none", negative(hour)))
	for _, want := range []uint64{0, 6} {
		ctx := t.Context()
		if want > 0 {
			ctx = ctxcache.CountAsRead(ctx)
		}
		for key, answer := range map[string]error{"key": nil, "none": ctxcache.ErrNotFound, "absent": ctxcache.ErrMiss} {
			if _, _, err := cache.GetLease(ctx, key, 0); err != answer {
				t.Errorf("GetLease of %q: %v", key, err)
			}
		}
		if _, _, err := cache.GetLeases(ctx, []string{"key", "none", "absent too", "key"}, 0); err != nil {
			t.Error(err)
		}
		s, err := cache.Stats(t.Context())
		must(t, err)
		if s.Reads != want || s.Hits != want/3 || s.Negatives != want/3 || s.Misses != want/3 || s.Errors != 0 {
			t.Errorf("got %+v, want %d reads", s, want)
		}
	}
}
