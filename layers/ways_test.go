package layers_test

import (
	"context"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// A layer must do its part for every way to write and to read a value, so the tests of layers go through these tables.

// writeWay is one way to write an entry under an absent key.
type writeWay[V any] struct {
	name  string
	write func(ctx context.Context, c ctxcache.Cache[string, V], key string, e ctxcache.Entry[V]) error
}

// writeWays lists all ways to write an entry.
func writeWays[V any]() []writeWay[V] {
	type (
		cache = ctxcache.Cache[string, V]
		entry = ctxcache.Entry[V]
	)
	return []writeWay[V]{
		{"SetEntry", func(ctx context.Context, c cache, key string, e entry) error {
			return ctxcache.SetEntry(ctx, c, key, e)
		}},
		{"SetEntries", func(ctx context.Context, c cache, key string, e entry) error {
			return ctxcache.SetEntries(ctx, c, map[string]entry{key: e})
		}},
		{"Fill/GetLease", func(ctx context.Context, c cache, key string, e entry) error {
			_, lease, err := ctxcache.GetLease(ctx, c, key, 0)
			if err != ctxcache.ErrMiss {
				return err
			}
			return ctxcache.Fill(ctx, c, key, lease, e)
		}},
		{"Fill/GetLeases", func(ctx context.Context, c cache, key string, e entry) error {
			_, leases, err := ctxcache.GetLeases(ctx, c, []string{key}, 0)
			if err != nil {
				return err
			}
			return ctxcache.Fill(ctx, c, key, leases[key], e)
		}},
		{"FillMany", func(ctx context.Context, c cache, key string, e entry) error {
			_, leases, err := ctxcache.GetLeases(ctx, c, []string{key}, 0)
			if err != nil {
				return err
			}
			return ctxcache.FillMany(ctx, c, map[string]entry{key: e}, leases)
		}},
	}
}

// setWays lists all ways to write a value, those without an entry included. These use the value and the TTL of an entry
// only.
func setWays[V any]() []writeWay[V] {
	type (
		cache = ctxcache.Cache[string, V]
		entry = ctxcache.Entry[V]
	)
	return append(writeWays[V](),
		writeWay[V]{"Set", func(ctx context.Context, c cache, key string, e entry) error {
			return c.Set(ctx, key, e.Value, e.TTL)
		}},
		writeWay[V]{"SetMany", func(ctx context.Context, c cache, key string, e entry) error {
			return ctxcache.SetMany(ctx, c, map[string]V{key: e.Value}, e.TTL)
		}},
	)
}

// readWay is one way to read a value. It returns ErrMiss or ErrNotFound for a key without a value, even if the call
// itself reports this in another way.
type readWay[V any] struct {
	name string
	read func(ctx context.Context, c ctxcache.Cache[string, V], key string) (V, error)
}

// readWays lists all ways to read a value.
func readWays[V any]() []readWay[V] {
	type cache = ctxcache.Cache[string, V]
	return []readWay[V]{
		{"Get", func(ctx context.Context, c cache, key string) (V, error) { return c.Get(ctx, key) }},
		{"GetEntry", func(ctx context.Context, c cache, key string) (V, error) {
			entry, err := ctxcache.GetEntry(ctx, c, key)
			return entry.Value, err
		}},
		{"GetEntries", func(ctx context.Context, c cache, key string) (V, error) {
			found, err := ctxcache.GetEntries(ctx, c, []string{key})
			return fromMany(found, key, err)
		}},
		{"GetLease", func(ctx context.Context, c cache, key string) (V, error) {
			entry, lease, err := ctxcache.GetLease(ctx, c, key, 0)
			if lease.Granted() {
				if err := ctxcache.Release(ctx, c, key, lease); err != nil {
					return entry.Value, err
				}
			}
			return entry.Value, err
		}},
		{"GetLeases", func(ctx context.Context, c cache, key string) (V, error) {
			found, leases, err := ctxcache.GetLeases(ctx, c, []string{key}, 0)
			if err := ctxcache.ReleaseMany(ctx, c, leases); err != nil {
				var none V
				return none, err
			}
			return fromMany(found, key, err)
		}},
	}
}

func fromMany[V any](found map[string]ctxcache.Entry[V], key string, err error) (V, error) {
	entry, ok := found[key]
	switch {
	case err != nil:
		return entry.Value, ctxcache.KeyError(err, key)
	case !ok:
		return entry.Value, ctxcache.ErrMiss
	case entry.Absent:
		return entry.Value, ctxcache.ErrNotFound
	}
	return entry.Value, nil
}

// newMemory returns an empty memory cache.
func newMemory[V any]() ctxcache.Cache[string, V] { return memory.New[string, V](nil) }

// mustSet stores value for an hour.
func mustSet[K comparable, V any](t *testing.T, c ctxcache.Cache[K, V], key K, value V) {
	t.Helper()
	if err := c.Set(t.Context(), key, value, time.Hour); err != nil {
		t.Fatalf("Set: %v", err)
	}
}

// wantValue fails the test unless key has value.
func wantValue[K, V comparable](t *testing.T, c ctxcache.Cache[K, V], key K, value V) {
	t.Helper()
	if got, err := c.Get(t.Context(), key); err != nil || got != value {
		t.Errorf("Get(%v) = %v, %v, want %v", key, got, err, value)
	}
}

// wantKeys fails the test unless c has exactly these keys, by Keys and by Len.
func wantKeys[K comparable, V any](t *testing.T, c ctxcache.Cache[K, V], want ...K) {
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
