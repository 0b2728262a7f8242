package rediscache_test

import (
	"testing"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/internal/redistest"
)

// A server that has been replaced by SetAddrs before the cache was made is not in the ring any more.
func TestRingWhoseServersWereReplacedBefore(t *testing.T) {
	old, replacement := redistest.Start(t), redistest.Start(t)
	ring := slowRing(t, map[string]string{"old": old.Addr}, func(string) bool { return true })
	ring.SetAddrs(map[string]string{"new": replacement.Addr})
	cache := newCache(t, ring, &rediscache.Options{Prefix: "p:"})
	for op, remove := range deletions {
		if err := remove(t.Context(), cache, []string{"key"}); err != nil {
			t.Errorf("%s: %v", op, err)
		}
	}
}

// So is a server that was out when the cache was made, and was replaced later.
func TestRingWhoseServerThatWasOutIsReplaced(t *testing.T) {
	t.Parallel() // it mostly waits
	up, out, replacement := redistest.Start(t), redistest.Start(t), redistest.Start(t)
	ring := slowRing(t, map[string]string{"up": up.Addr, "out": out.Addr}, func(addr string) bool {
		return addr != out.Addr
	})
	await(t, "the ring noticed", func() bool { return ring.Len() == 1 })
	cache := newCache(t, ring, &rediscache.Options{Prefix: "p:"})
	all := func(want bool) {
		t.Helper()
		for op, remove := range deletions {
			if err := remove(t.Context(), cache, []string{"key"}); (err == nil) != want {
				t.Errorf("%s when the server was replaced (%t): %v", op, want, err)
			}
		}
	}
	all(false)
	ring.SetAddrs(map[string]string{"up": up.Addr, "new": replacement.Addr})
	all(true)
}
