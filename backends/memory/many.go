package memory

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// GetEntries returns the entries of keys, including negative ones. Absent keys are not in the map. If a key cannot be
// in a map, the call fails before it looks up any key. If ctx ends meanwhile, it returns the entries found so far and
// an error.
func (c *Cache[K, V]) GetEntries(ctx context.Context, keys []K) (map[K]ctxcache.Entry[V], error) {
	if err := c.begin(ctx, ctxcache.OpGetEntries, slices.Values(keys)); err != nil {
		return nil, err
	}
	found := make(map[K]ctxcache.Entry[V], len(keys))
	var missed map[K]struct{} // made by the first miss, because batches often hit
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
			if missed == nil {
				missed = make(map[K]struct{}, len(keys)-len(found))
			}
			missed[key] = struct{}{}
		default:
			return found, err // not an error of this key: the context is done, or the cache is closed
		}
	}
	return found, nil
}

// GetMany returns the values of keys. It does not look up how long they live, so it is faster than GetEntries. Keys that are
// absent, or have negative entries, are not in the map. If ctx ends meanwhile, it returns the values found so far and an error.
func (c *Cache[K, V]) GetMany(ctx context.Context, keys []K) (map[K]V, error) {
	values, _, err := c.GetValues(ctx, keys)
	return values, err
}

// GetValues is GetMany that also returns the keys that have negative entries.
func (c *Cache[K, V]) GetValues(ctx context.Context, keys []K) (values map[K]V, negative []K, err error) {
	if err := c.begin(ctx, ctxcache.OpGetEntries, slices.Values(keys)); err != nil {
		return nil, nil, err
	}
	values = make(map[K]V, len(keys))
	var others map[K]struct{} // without a value; made by the first one, because batches often hit
	for _, key := range keys {
		if has(values, key) || has(others, key) {
			continue
		}
		value, err := c.Get(ctx, key)
		switch err {
		case nil:
			values[key] = value
			continue
		case ctxcache.ErrNotFound:
			negative = append(negative, key)
		case ctxcache.ErrMiss:
		default: // not an error of this key: the context is done, or the cache is closed. Get has counted that
			return values, negative, ctxcache.Fail(kind, ctxcache.OpGetEntries, c.usable(ctx))
		}
		if others == nil {
			others = make(map[K]struct{}, len(keys)-len(values))
		}
		others[key] = struct{}{}
	}
	return values, negative, nil
}

// SetEntries stores every entry, and ends leases on their keys. Entries that cannot be stored are reported by a
// [*ctxcache.ManyError]; the others are stored. If a key cannot be in a map, the call fails before it stores any entry.
// If ctx ends meanwhile, some entries are not stored.
func (c *Cache[K, V]) SetEntries(ctx context.Context, entries map[K]ctxcache.Entry[V]) error {
	if err := c.begin(ctx, ctxcache.OpSetEntries, maps.Keys(entries)); err != nil {
		return err
	}
	returned := false
	defer func() {
		if returned {
			return
		}
		keys := slices.Collect(maps.Keys(entries))
		finish(func() { // a function of the options has panicked, and OnEvict may panic, too: no old value may stay
			for len(keys) > 0 {
				key := keys[0]
				keys = keys[1:]
				c.displace(context.WithoutCancel(ctx), ctxcache.OpSetEntries, key)
			}
		})
	}()
	err := c.setEntries(ctx, entries)
	returned = true
	return err
}

// setEntries is SetEntries for keys that have been checked.
func (c *Cache[K, V]) setEntries(ctx context.Context, entries map[K]ctxcache.Entry[V]) error {
	failed := make(map[K]error)
	for key, e := range entries {
		if err := c.set(ctx, ctxcache.OpSetEntries, key, &e); err != nil {
			if whole := c.usable(ctx); whole != nil {
				return c.failInstead(ctxcache.OpSetEntries, err, whole)
			}
			failed[key] = err
		}
	}
	return ctxcache.NewManyError(failed)
}

// DeleteMany deletes every key, and ends leases on them. If a key cannot be in a map, the call fails before it deletes
// any key. If ctx ends meanwhile, some keys are left.
func (c *Cache[K, V]) DeleteMany(ctx context.Context, keys []K) error {
	if err := c.begin(ctx, ctxcache.OpDeleteMany, slices.Values(keys)); err != nil {
		return err
	}
	for _, key := range keys {
		if _, err := c.remove(ctx, ctxcache.OpDeleteMany, key); err != nil {
			return err // not an error of this key: the context is done, or the cache is closed
		}
	}
	return nil
}

// begin returns the error of operation op on keys if the operation cannot begin, and otherwise nil.
func (c *Cache[K, V]) begin(ctx context.Context, op ctxcache.Operation, keys iter.Seq[K]) error {
	return c.fail(op, c.checkMany(ctx, keys))
}

// failInstead returns whole, the reason why operation op cannot go on, as its error. A key has failed with err before,
// maybe because of whole, which is then counted already.
func (c *Cache[K, V]) failInstead(op ctxcache.Operation, err, whole error) error {
	if errors.Is(err, whole) {
		return err
	}
	return c.fail(op, whole)
}

// checkMany returns the reason why an operation on keys cannot begin, or nil.
func (c *Cache[K, V]) checkMany(ctx context.Context, keys iter.Seq[K]) error {
	if err := c.usable(ctx); err != nil {
		return err
	}
	for key := range keys {
		if err := c.checkKey(key); err != nil {
			return err
		}
	}
	return nil
}

func has[K comparable, T any](m map[K]T, key K) bool {
	_, ok := m[key]
	return ok
}
