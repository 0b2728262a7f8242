package memcached_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

func TestStats(t *testing.T) {
	cache, servers, keys := threeServers(t, &memcached.Options{Prefix: "p:"})
	ctx := t.Context()
	stats, err := cache.Stats(ctx)
	must(t, err)
	if stats.Name != "memcached" || stats.HitRate() != 0 || stats.Reads != 0 || stats.Entries != -1 {
		t.Errorf("of fresh servers: %+v", stats)
	}
	for _, key := range keys {
		must(t, cache.Set(ctx, key, []byte("value"), hour))
		holds(t, cache, key, "value")
	}
	if err := second(cache.Get(ctx, "absent")); err != ctxcache.ErrMiss {
		t.Error(err)
	}
	if stats, err := cache.Stats(ctx); err != nil || stats.Hits != 3 || stats.Misses != 1 || stats.HitRate() != 0.75 {
		t.Errorf("of three hits and a miss: %+v, %v", stats, err)
	}
	// A server that has several shares of the keys is counted once.
	weighted := list(t, servers[0], servers[1], servers[2], servers[1])
	whole := newCacheOver(t, weighted, &memcached.Options{WholeServers: true})
	if stats, err := whole.Stats(ctx); err != nil || stats.Entries != 3 || stats.Hits != 3 {
		t.Errorf("of whole servers: %+v, %v", stats, err)
	}
}

func TestStatsOfEvictions(t *testing.T) {
	cache := newCache(t, memcachedtest.Start(t, "-m", "2"), nil)
	for i := range 200 { // of 100 kB
		must(t, cache.Set(t.Context(), strconv.Itoa(i), make([]byte, 100_000), hour))
	}
	if stats, err := cache.Stats(t.Context()); err != nil || stats.Evictions < 100 {
		t.Errorf("of 20 MB in 2 MB: %+v, %v", stats, err)
	}
}

func TestBadStats(t *testing.T) {
	for name, reply := range map[string]string{
		"nothing":    "END\r\n",
		"malformed":  "STAT get_hits many\r\nEND\r\n",
		"incomplete": "STAT get_hits 1\r\nEND\r\n",
		"endless":    strings.Repeat("STAT more 1\r\n", 2000),
		"long line":  strings.Repeat("STAT", 100_000) + "\r\nEND\r\n",
	} {
		server := newScripted(t, func(string, string) string { return reply })
		err := second(newCacheOver(t, server, nil).Stats(t.Context()))
		if fails(t, err, "stats"); len(err.Error()) > 200 {
			t.Errorf("%s: the message repeats what the server says: %v", name, err)
		}
	}
}

func TestFlushAll(t *testing.T) {
	cache, servers, keys := threeServers(t, &memcached.Options{WholeServers: true})
	ctx := t.Context()
	leases := make(map[string]lease)
	for _, key := range keys {
		must(t, cache.Set(ctx, key, []byte("value"), hour))
		leases["refresh "+key] = refreshLease(t, cache, key)
		leases["marked "+key] = absentLease(t, ctx, cache, "absent "+key)
	}
	must(t, cache.FlushAll(ctx))
	for name, l := range leases {
		if err := l.Fill(ctx, entry{Value: []byte("late")}); err != ctxcache.ErrLeaseLost {
			t.Errorf("Fill of %s: %v", name, err)
		}
	}
	for _, key := range keys {
		if err := second(cache.Get(ctx, key)); err != ctxcache.ErrMiss {
			t.Errorf("FlushAll leaves a value: %v", err)
		}
		must(t, cache.Set(ctx, key, []byte("new"), hour))
		holds(t, cache, key, "new") // in the same second
	}
	servers[0].Stop()
	fails(t, cache.FlushAll(ctx), "flush")
	for i, key := range keys[1:] {
		if err := second(cache.Get(ctx, key)); err != ctxcache.ErrMiss {
			t.Errorf("server %d was not flushed since another one is down: %v", i+1, err)
		}
	}
	shared := newCacheOver(t, list(t, servers[1]), nil)
	if err := shared.FlushAll(ctx); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("FlushAll of shared servers: %v", err)
	}
}
