package encrypted_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// A layer must do its part for every way to write and to read a value, so its tests go through these tables.

// bytesCache is the type of the layer and of the cache that it wraps.
type bytesCache = ctxcache.Cache[string, []byte]

type entry = ctxcache.Entry[[]byte]

// negative is a negative entry.
var negative = entry{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}

// writeWay is one way to write an entry under an absent key.
type writeWay struct {
	name  string
	write func(ctx context.Context, c bytesCache, key string, e entry) error
}

// writeWays lists all ways to write an entry.
var writeWays = []writeWay{
	{"SetEntry", func(ctx context.Context, c bytesCache, key string, e entry) error {
		return ctxcache.SetEntry(ctx, c, key, e)
	}},
	{"SetEntries", func(ctx context.Context, c bytesCache, key string, e entry) error {
		return ctxcache.SetEntries(ctx, c, map[string]entry{key: e})
	}},
	{"Fill", func(ctx context.Context, c bytesCache, key string, e entry) error {
		_, lease, err := ctxcache.GetLease(ctx, c, key, 0)
		if err != ctxcache.ErrMiss {
			return err
		}
		return ctxcache.Fill(ctx, c, key, lease, e)
	}},
	{"FillMany", func(ctx context.Context, c bytesCache, key string, e entry) error {
		_, leases, err := ctxcache.GetLeases(ctx, c, []string{key}, 0)
		if err != nil {
			return err
		}
		return ctxcache.FillMany(ctx, c, map[string]entry{key: e}, leases)
	}},
}

// setWays lists all ways to write a value, those without an entry included.
var setWays = append([]writeWay{
	{"Set", func(ctx context.Context, c bytesCache, key string, e entry) error {
		return c.Set(ctx, key, e.Value, e.TTL)
	}},
	{"SetMany", func(ctx context.Context, c bytesCache, key string, e entry) error {
		return ctxcache.SetMany(ctx, c, map[string][]byte{key: e.Value}, e.TTL)
	}},
}, writeWays...)

// readWays lists all ways to read a value. They return ErrMiss or ErrNotFound for a key without a value, even if the
// call itself reports this in another way.
var readWays = []struct {
	name string
	read func(ctx context.Context, c bytesCache, key string) ([]byte, error)
}{
	{"Get", func(ctx context.Context, c bytesCache, key string) ([]byte, error) { return c.Get(ctx, key) }},
	{"GetEntry", func(ctx context.Context, c bytesCache, key string) ([]byte, error) {
		e, err := ctxcache.GetEntry(ctx, c, key)
		return e.Value, err
	}},
	{"GetEntries", func(ctx context.Context, c bytesCache, key string) ([]byte, error) {
		found, err := ctxcache.GetEntries(ctx, c, []string{key})
		return fromMany(found, key, err)
	}},
	{"GetLease", func(ctx context.Context, c bytesCache, key string) ([]byte, error) {
		e, lease, err := ctxcache.GetLease(ctx, c, key, 0)
		if lease.Granted() {
			if err := ctxcache.Release(ctx, c, key, lease); err != nil {
				return nil, err
			}
		}
		return e.Value, err
	}},
	{"GetLeases", func(ctx context.Context, c bytesCache, key string) ([]byte, error) {
		found, leases, err := ctxcache.GetLeases(ctx, c, []string{key}, 0)
		if err := ctxcache.ReleaseMany(ctx, c, leases); err != nil {
			return nil, err
		}
		return fromMany(found, key, err)
	}},
}

func fromMany(found map[string]entry, key string, err error) ([]byte, error) {
	e, ok := found[key]
	switch {
	case err != nil:
		return e.Value, ctxcache.KeyError(err, key)
	case !ok:
		return e.Value, ctxcache.ErrMiss
	case e.Absent:
		return e.Value, ctxcache.ErrNotFound
	}
	return e.Value, nil
}

// newStore returns an empty memory cache.
func newStore() bytesCache { return memory.New[string, []byte](nil) }

// mustSet stores value for an hour.
func mustSet(t testing.TB, c bytesCache, key string, value []byte) {
	t.Helper()
	if err := c.Set(t.Context(), key, value, time.Hour); err != nil {
		t.Fatalf("Set: %v", err)
	}
}

// wantValue fails the test unless key has value.
func wantValue(t testing.TB, c bytesCache, key, value string) {
	t.Helper()
	if got, err := c.Get(t.Context(), key); err != nil || string(got) != value {
		t.Errorf("Get = %q, %v, want %q", got, err, value)
	}
}

// reversed is a key mapping that keeps no prefix.
func reversed(key string) (string, error) {
	b := []byte(key)
	slices.Reverse(b)
	return string(b), nil
}
