package memcached_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

func TestServerStats(t *testing.T) {
	cache, servers, keys := threeServers(t, &memcached.Options{Prefix: "p:"})
	ctx := t.Context()
	stats, err := cache.ServerStats(ctx)
	must(t, err)
	if stats.Name != "memcached" || stats.HitRate() != 0 || stats.Reads != 0 || stats.Entries != -1 {
		t.Errorf("ServerStats of fresh servers: %+v", stats)
	}
	for _, key := range keys {
		must(t, cache.Set(ctx, key, []byte("value"), hour))
		holds(t, cache, key, "value")
	}
	if err := second(cache.Get(ctx, "absent")); err != ctxcache.ErrMiss {
		t.Error(err)
	}
	if stats, err := cache.ServerStats(ctx); err != nil || stats.Hits != 3 || stats.Misses != 1 || stats.HitRate() != 0.75 {
		t.Errorf("ServerStats after three hits and a miss: %+v, %v", stats, err)
	}
	// A server that is in the list several times counts once.
	weighted := list(t, servers[0], servers[1], servers[2], servers[1])
	whole := newCacheOver(t, weighted, &memcached.Options{WholeServers: true})
	if stats, err := whole.ServerStats(ctx); err != nil || stats.Entries != 3 || stats.Hits != 3 {
		t.Errorf("ServerStats of whole servers: %+v, %v", stats, err)
	}
}

func TestServerStatsOfEvictions(t *testing.T) {
	cache := newCache(t, memcachedtest.Start(t, "-m", "2"), nil)
	for i := range 200 { // 100 kB each
		must(t, cache.Set(t.Context(), strconv.Itoa(i), make([]byte, 100_000), hour))
	}
	if stats, err := cache.ServerStats(t.Context()); err != nil || stats.Evictions < 100 {
		t.Errorf("ServerStats after 20 MB were stored in 2 MB: %+v, %v", stats, err)
	}
}

func TestBadServerStats(t *testing.T) {
	for name, reply := range map[string]string{
		"nothing":    "END\r\n",
		"malformed":  "STAT get_hits many\r\nEND\r\n",
		"incomplete": "STAT get_hits 1\r\nEND\r\n",
		"endless":    strings.Repeat("STAT more 1\r\n", 2000),
		"long line":  strings.Repeat("STAT", 100_000) + "\r\nEND\r\n",
	} {
		server := newScripted(t, func(string, string) string { return reply })
		err := second(newCacheOver(t, server, nil).ServerStats(t.Context()))
		if fails(t, err, ctxcache.OpStats); len(err.Error()) > 200 {
			t.Errorf("%s: the message repeats the server's answer: %v", name, err)
		}
	}
}

func TestErrorLineEndsTheAnswer(t *testing.T) {
	for _, line := range []string{
		"ERROR", "CLIENT_ERROR out of order", "SERVER_ERROR out of order",
		"ERROR Too many open connections", "CLIENT_ERROR flush_all not allowed", "CLIENT_ERROR unauthenticated",
	} {
		server := newScripted(t, func(string, string) string { return line + "\r\n" })
		cache := newCacheOver(t, server, &memcached.Options{WholeServers: true})
		ctx, cancel := context.WithTimeout(t.Context(), promptly)
		defer cancel()
		for op, err := range map[ctxcache.Operation]error{
			ctxcache.OpStats: second(cache.ServerStats(ctx)),
			"flush_all":      cache.FlushAll(ctx),
		} {
			if fails(t, err, op); !strings.Contains(err.Error(), line) {
				t.Errorf("%s does not repeat what the server says: %v", op, err)
			}
		}
	}
}

// TestUnexpectedLineEndsTheAnswer would wait for an hour if such a line did not end the answer. A server that is not a
// Memcached server keeps the connection open after it.
func TestUnexpectedLineEndsTheAnswer(t *testing.T) {
	for _, answer := range []string{
		"\r\n", "STORED\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n", "-ERR unknown command\r\n", "\x81\x00\n", "secret value\r\n",
		"VALUE key 0 6\r\nsecret\r\nEND\r\n",
	} {
		server := newScripted(t, func(string, string) string { return answer })
		cache := newCacheOver(t, server, &memcached.Options{
			WholeServers: true, Timeout: hour, ReadTimeout: ctxcache.NoExpiry, WriteTimeout: ctxcache.NoExpiry,
		})
		for op, err := range map[ctxcache.Operation]error{
			ctxcache.OpStats: second(cache.ServerStats(t.Context())),
			"flush_all":      cache.FlushAll(t.Context()),
			"check":          second(cache.Check(t.Context())),
		} {
			if fails(t, err, op); !strings.Contains(err.Error(), "unexpected reply") {
				t.Errorf("%s, answered with %q: %v", op, answer, err)
			}
			discreet(t, err)
		}
	}
}

// TestFlushAllThatTheServerRefuses would wait for an hour if the refusal did not end the answer.
func TestFlushAllThatTheServerRefuses(t *testing.T) {
	server := memcachedtest.Start(t, "-F")
	cache := newCache(t, server, &memcached.Options{
		WholeServers: true, Timeout: hour, ReadTimeout: ctxcache.NoExpiry, WriteTimeout: ctxcache.NoExpiry,
	})
	err := cache.FlushAll(t.Context())
	if fails(t, err, "flush_all"); !strings.Contains(err.Error(), "flush_all not allowed") {
		t.Errorf("FlushAll does not repeat what the server says: %v", err)
	}
}

func TestFlushAll(t *testing.T) {
	cache, servers, keys := threeServers(t, &memcached.Options{WholeServers: true})
	ctx := t.Context()
	leases := make(map[string]lease)
	for _, key := range keys {
		must(t, cache.Set(ctx, key, []byte("value"), hour))
		leases[key] = refreshLease(t, cache, key)
		leases["absent "+key] = absentLease(t, ctx, cache, "absent "+key)
	}
	must(t, cache.FlushAll(ctx))
	for key, l := range leases {
		isLost(t, "Fill of "+key, fill(t, cache, key, l, "late"))
	}
	for _, key := range keys {
		if err := second(cache.Get(ctx, key)); err != ctxcache.ErrMiss {
			t.Errorf("a value is still there after FlushAll: %v", err)
		}
		must(t, cache.Set(ctx, key, []byte("new"), hour))
		holds(t, cache, key, "new") // within the same second
	}
	servers[0].Stop()
	fails(t, cache.FlushAll(ctx), "flush_all")
	for i, key := range keys[1:] {
		if err := second(cache.Get(ctx, key)); err != ctxcache.ErrMiss {
			t.Errorf("server %d was not flushed when another one was down: %v", i+1, err)
		}
	}
	shared := newCacheOver(t, list(t, servers[1]), nil)
	if err := shared.FlushAll(ctx); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("FlushAll of shared servers: %v", err)
	}
}

func TestFlushAllWithoutServers(t *testing.T) {
	cache := newCacheOver(t, new(memcache.ServerList), &memcached.Options{WholeServers: true})
	for op, err := range map[ctxcache.Operation]error{
		ctxcache.OpStats: second(cache.ServerStats(t.Context())),
		"flush_all":      cache.FlushAll(t.Context()),
	} {
		if fails(t, err, op); !errors.Is(err, memcache.ErrNoServers) {
			t.Errorf("%s without servers: %v", op, err)
		}
	}
}
