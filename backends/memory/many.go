package memory

import (
	"context"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// GetEntries returns the entries found, negative ones included. A key that no map can hold fails the call, before any
// is looked up.
func (c *Cache[K, V]) GetEntries(ctx context.Context, keys []K) (map[K]ctxcache.Entry[V], error) {
	if err := c.checkMany(ctx, "get", slices.Values(keys)); err != nil {
		return nil, err
	}
	found := make(map[K]ctxcache.Entry[V], len(keys))
	missed := make(map[K]struct{})
	for _, key := range keys {
		if has(found, key) || has(missed, key) {
			continue
		}
		e, err := c.GetEntry(ctx, key)
		switch err {
		case nil, ctxcache.ErrNotFound:
			found[key] = e
		case ctxcache.ErrMiss:
			missed[key] = struct{}{}
		default:
			return found, err // not about the key: the call was ended, or the cache closed
		}
	}
	return found, nil
}

// SetEntries stores every entry. It fails for entries whose durations make no sense, and stores the others. A key
// that no map can hold fails the call, before any is stored.
func (c *Cache[K, V]) SetEntries(ctx context.Context, entries map[K]ctxcache.Entry[V]) error {
	if err := c.checkMany(ctx, "set", maps.Keys(entries)); err != nil {
		return err
	}
	failed := make(map[K]error)
	for key, e := range entries {
		if err := c.set(ctx, key, e); err != nil {
			failed[key] = err
		}
	}
	return ctxcache.NewManyError(failed)
}

// DeleteMany deletes every key. A key that no map can hold fails the call, before any is deleted.
func (c *Cache[K, V]) DeleteMany(ctx context.Context, keys []K) error {
	if err := c.checkMany(ctx, "delete", slices.Values(keys)); err != nil {
		return err
	}
	for _, key := range keys {
		if err := c.Delete(ctx, key); err != nil {
			return err // not about the key: the call was ended, or the cache closed
		}
	}
	return nil
}

// GetLeases is GetLease for many keys. A key that no map can hold fails the call, before any is looked up.
func (c *Cache[K, V]) GetLeases(
	ctx context.Context, keys []K, refreshBelow time.Duration,
) (map[K]ctxcache.Entry[V], map[K]ctxcache.Lease[V], error) {
	if err := c.checkMany(ctx, "lease", slices.Values(keys)); err != nil {
		return nil, nil, err
	}
	found := make(map[K]ctxcache.Entry[V], len(keys))
	granted := make(map[K]ctxcache.Lease[V])
	missed := make(map[K]struct{})
	for _, key := range keys {
		if has(found, key) || has(missed, key) {
			continue
		}
		e, l, err := c.GetLease(ctx, key, refreshBelow)
		if l != nil {
			granted[key] = l
		}
		switch err {
		case nil, ctxcache.ErrNotFound:
			found[key] = e
		case ctxcache.ErrMiss:
			missed[key] = struct{}{}
		default: // not about the key: the call was ended, or the cache closed. No lease is left behind.
			for _, l := range granted {
				l.(*lease[K, V]).abandon()
			}
			return nil, nil, err
		}
	}
	return found, granted, nil
}

// checkMany returns the error of an operation on keys that cannot begin, or nil.
func (c *Cache[K, V]) checkMany(ctx context.Context, op string, keys iter.Seq[K]) error {
	if err := c.usable(ctx); err != nil {
		return c.fail(op, err)
	}
	if !c.fragileKeys {
		return nil
	}
	for key := range keys {
		if err := ctxcache.CheckKey(key); err != nil {
			return c.fail(op, err)
		}
	}
	return nil
}

func has[K comparable, T any](m map[K]T, key K) bool {
	_, ok := m[key]
	return ok
}
