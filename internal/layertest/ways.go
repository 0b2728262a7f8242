package layertest

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// WriteWay is one way to write an entry under an absent key.
type WriteWay[V any] struct {
	Name  string
	Write func(ctx context.Context, c ctxcache.Cache[string, V], key string, e ctxcache.Entry[V]) error
}

// WriteWays lists all ways to write an entry.
func WriteWays[V any]() []WriteWay[V] {
	type (
		cache = ctxcache.Cache[string, V]
		entry = ctxcache.Entry[V]
	)
	return []WriteWay[V]{
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

// SetWays lists all ways to write a value, those without an entry included. These use the value and the TTL of an entry
// only.
func SetWays[V any]() []WriteWay[V] {
	type (
		cache = ctxcache.Cache[string, V]
		entry = ctxcache.Entry[V]
	)
	return append(WriteWays[V](),
		WriteWay[V]{"Set", func(ctx context.Context, c cache, key string, e entry) error {
			return c.Set(ctx, key, e.Value, e.TTL)
		}},
		WriteWay[V]{"SetMany", func(ctx context.Context, c cache, key string, e entry) error {
			return ctxcache.SetMany(ctx, c, map[string]V{key: e.Value}, e.TTL)
		}},
	)
}

// ReadWay is one way to read a value. It returns ErrMiss or ErrNotFound for a key without a value, even if the call
// itself reports this in another way.
type ReadWay[V any] struct {
	Name string
	Read func(ctx context.Context, c ctxcache.Cache[string, V], key string) (V, error)
}

// ReadWays lists all ways to read a value.
func ReadWays[V any]() []ReadWay[V] {
	type cache = ctxcache.Cache[string, V]
	return []ReadWay[V]{
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
