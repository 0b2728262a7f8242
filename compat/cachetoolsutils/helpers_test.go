package cachetoolsutils_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/compat/cachetoolsutils/pymemcached"
	"github.com/ctxcache/cached/compat/cachetoolsutils/pyredis"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
)

// redisOptions and memcachedOptions are the options of tests and examples, which must not fail on a busy machine. A
// program can use the defaults, nil.
var (
	redisOptions = &pyredis.Options{
		ReadTimeout: redistest.Patience, WriteTimeout: redistest.Patience,
	}
	memcachedOptions = &pymemcached.Options{
		ReadTimeout: memcachedtest.Patience, WriteTimeout: memcachedtest.Patience,
	}
)

// newStore returns an empty memory cache.
func newStore[V any]() ctxcache.Cache[string, V] { return cachetoolsutils.DictCache[string, V]() }

// newOctets returns an empty memory cache with keys of bytes.
func newOctets() ctxcache.Cache[octet, []byte] { return cachetoolsutils.DictCache[octet, []byte]() }

// newOctetTexts returns an empty memory cache of text with keys of bytes.
func newOctetTexts() ctxcache.Cache[octet, string] { return cachetoolsutils.DictCache[octet, string]() }

// mustSet stores value for an hour.
func mustSet[K comparable, V any](t *testing.T, c ctxcache.Cache[K, V], key K, value V) {
	t.Helper()
	if err := c.Set(t.Context(), key, value, time.Hour); err != nil {
		t.Fatalf("Set: %v", err)
	}
}

// storedKeys returns the keys of a store, sorted.
func storedKeys[K ~string, V any](t *testing.T, store ctxcache.Cache[K, V]) []K {
	t.Helper()
	var keys []K
	for key, err := range ctxcache.Keys(t.Context(), store) {
		if err != nil {
			t.Fatalf("Keys: %v", err)
		}
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// wantKeys fails the test unless the store has exactly these keys.
func wantKeys[K ~string, V any](t *testing.T, store ctxcache.Cache[K, V], want ...K) {
	t.Helper()
	slices.Sort(want)
	if got := storedKeys(t, store); !slices.Equal(got, want) {
		t.Errorf("the store has %q, want %q", got, want)
	}
}

// closeStack closes a stack when the test ends, and returns it. Otherwise a cache may still delete, seconds later, what a
// write of unknown outcome has left.
func closeStack[K comparable, V any](t *testing.T, c ctxcache.Cache[K, V]) ctxcache.Cache[K, V] {
	t.Cleanup(func() {
		// The context of the test has ended.
		if err := ctxcache.CloseAll(context.WithoutCancel(t.Context()), ctxcache.NodeOf(c)); err != nil {
			t.Error(err)
		}
	})
	return c
}
