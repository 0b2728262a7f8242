package memory

import (
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// GetEntries returns the entries found, negative ones included. A key that no map can hold fails the call, before any
// is looked up.
func (c *Cache[K, V]) GetEntries(ctx context.Context, keys []K) (map[K]ctxcache.Entry[V], error) {
	if err := c.begin(ctx, ctxcache.OpGetEntries, slices.Values(keys)); err != nil {
		return nil, err
	}
	found := make(map[K]ctxcache.Entry[V], len(keys))
	missed := make(map[K]struct{})
	for _, key := range keys {
		if has(found, key) || has(missed, key) {
			continue
		}
		var e ctxcache.Entry[V]
		err := c.getEntry(ctx, ctxcache.OpGetEntries, key, &e)
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
	if err := c.begin(ctx, ctxcache.OpSetEntries, maps.Keys(entries)); err != nil {
		return err
	}
	failed := make(map[K]error)
	for key, e := range entries {
		if err := c.set(ctx, ctxcache.OpSetEntries, key, &e); err != nil {
			failed[key] = err
		}
	}
	return ctxcache.NewManyError(failed)
}

// DeleteMany deletes every key. A key that no map can hold fails the call, before any is deleted.
func (c *Cache[K, V]) DeleteMany(ctx context.Context, keys []K) error {
	if err := c.begin(ctx, ctxcache.OpDeleteMany, slices.Values(keys)); err != nil {
		return err
	}
	for _, key := range keys {
		if _, err := c.remove(ctx, ctxcache.OpDeleteMany, key); err != nil {
			return err // not about the key: the call was ended, or the cache closed
		}
	}
	return nil
}

// begin returns the error of an operation on keys that cannot begin, or nil.
func (c *Cache[K, V]) begin(ctx context.Context, op ctxcache.Operation, keys iter.Seq[K]) error {
	return c.fail(op, c.checkMany(ctx, keys))
}

// checkMany returns why an operation on keys cannot begin, or nil.
func (c *Cache[K, V]) checkMany(ctx context.Context, keys iter.Seq[K]) error {
	if err := c.usable(ctx); err != nil {
		return err
	}
	if !c.checkKeys {
		return nil
	}
	for key := range keys {
		if err := ctxcache.CheckKey(key); err != nil {
			return err
		}
	}
	return nil
}

func has[K comparable, T any](m map[K]T, key K) bool {
	_, ok := m[key]
	return ok
}
