package memory_test

import (
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// All that a cache in memory can do, by its interfaces.
var _ interface {
	ctxcache.Cache[string, int]
	ctxcache.ContainsCache[string]
	ctxcache.RemoveCache[string]
	ctxcache.EntryCache[string, int]
	ctxcache.ManyCache[string, int]
	ctxcache.LeaseCache[string, int]
	ctxcache.LenCache[string]
	ctxcache.ClearCache[string]
	ctxcache.KeysCache[string]
	ctxcache.WatchCache[string]
	ctxcache.StatsCache
	ctxcache.SupportsCache
	ctxcache.Node
} = (*memory.Cache[string, int])(nil)

// departure is what OnEvict was told.
type departure struct {
	Key   string
	Value int
	Cause memory.Cause
}

// mustSet, mustGet and mustMiss call Helper only before they fail, because Helper takes longer than a call of the cache.

func mustSet[K comparable, V any](t testing.TB, c ctxcache.Cache[K, V], key K, value V, ttl time.Duration) {
	if err := c.Set(t.Context(), key, value, ttl); err != nil {
		t.Helper()
		t.Fatalf("Set(%v): %v", key, err)
	}
}

func mustGet[K comparable, V comparable](t testing.TB, c ctxcache.Cache[K, V], key K, want V) {
	if got, err := c.Get(t.Context(), key); err != nil || got != want {
		t.Helper()
		t.Fatalf("Get(%v) = %v, %v; want %v", key, got, err, want)
	}
}

func mustMiss[K comparable, V any](t testing.TB, c ctxcache.Cache[K, V], key K) {
	if _, err := c.Get(t.Context(), key); err != ctxcache.ErrMiss {
		t.Helper()
		t.Fatalf("Get(%v): error %v, want ErrMiss", key, err)
	}
}

func mustLease[V any](
	t testing.TB, c ctxcache.Cache[string, V], key string, refreshBelow time.Duration,
) ctxcache.Lease {
	t.Helper()
	_, lease, err := ctxcache.GetLease(t.Context(), c, key, refreshBelow)
	if err != nil && err != ctxcache.ErrMiss && err != ctxcache.ErrNotFound {
		t.Fatalf("GetLease(%q): %v", key, err)
	}
	if !lease.Granted() {
		t.Fatalf("GetLease(%q): %v, want a lease", key, lease.Refusal())
	}
	return lease
}

func mustBeSound[K comparable, V any](t testing.TB, c *memory.Cache[K, V]) {
	t.Helper()
	if err := c.CheckInvariants(); err != nil {
		t.Fatal(err)
	}
}
