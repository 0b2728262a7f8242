package layertest

import (
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// MustSet stores value for an hour.
func MustSet[K comparable, V any](t testing.TB, c ctxcache.Cache[K, V], key K, value V) {
	t.Helper()
	if err := c.Set(t.Context(), key, value, time.Hour); err != nil {
		t.Fatalf("Set: %v", err)
	}
}

// WantValue fails the test unless key has value.
func WantValue[K, V comparable](t testing.TB, c ctxcache.Cache[K, V], key K, value V) {
	t.Helper()
	if got, err := c.Get(t.Context(), key); err != nil || got != value {
		t.Errorf("Get(%v) = %v, %v, want %v", key, got, err, value)
	}
}

// WantKeys fails the test unless c has exactly these keys, by Keys and by Len.
func WantKeys[K comparable, V any](t testing.TB, c ctxcache.Cache[K, V], want ...K) {
	t.Helper()
	left := make(map[K]bool)
	for _, key := range want {
		left[key] = true
	}
	for key, err := range ctxcache.Keys(t.Context(), c) {
		if err != nil {
			t.Fatalf("Keys: %v", err)
		}
		if !left[key] {
			t.Errorf("Keys yields %v, want only %v, each once", key, want)
		}
		delete(left, key)
	}
	if len(left) > 0 {
		t.Errorf("Keys does not yield %v", left)
	}
	if n, err := ctxcache.Len(t.Context(), c); err != nil || n != len(want) {
		t.Errorf("Len = %d, %v, want %d", n, err, len(want))
	}
}
