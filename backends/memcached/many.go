package memcached

import (
	"context"
	"errors"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/ctxcache"
)

// GetEntries returns the entries found, negative ones included: one gets per server, all servers at once.
func (c *Cache[V]) GetEntries(ctx context.Context, keys []string) (map[string]ctxcache.Entry[V], error) {
	s, keys := c.store, unique(keys) // a copy: the caller may leave first, and use its slice again
	got, err := callMany(ctx, s, "get", keys, func(_ context.Context, stored []string, errs []error) []*memcache.Item {
		return s.getMany(stored, errs)
	})
	if err != nil {
		return nil, err
	}
	found := make(map[string]ctxcache.Entry[V], len(keys))
	for i, key := range keys {
		if got.errs[i] != nil {
			continue
		}
		switch e, err := c.decode("get", got.items[i]); err {
		case nil, ctxcache.ErrNotFound:
			found[key] = e
		case ctxcache.ErrMiss:
		default:
			got.errs[i] = err
		}
	}
	return found, failed(keys, got.errs)
}

// SetEntries stores every entry: a set for each, one after the other on every server, and all servers at once.
func (c *Cache[V]) SetEntries(ctx context.Context, entries map[string]ctxcache.Entry[V]) error {
	s := c.store
	if err := s.usable(ctx); err != nil {
		return ctxcache.Fail(layer, "set", err)
	}
	keys := make([]string, 0, len(entries))
	items := make([]*memcache.Item, 0, len(entries))
	unfit := make([]error, 0, len(entries))
	for key, e := range entries {
		item, err := c.item(e)
		if err == errors.ErrUnsupported {
			return err
		}
		keys, items, unfit = append(keys, key), append(items, item), append(unfit, err)
	}
	got, err := callMany(ctx, s, "set", keys, func(ctx context.Context, stored []string, errs []error) []*memcache.Item {
		for i, err := range unfit {
			if err != nil {
				errs[i] = err
			}
		}
		s.each(ctx, stored, errs, func(i int) error {
			items[i].Key = stored[i]
			return s.client.Set(items[i])
		})
		return nil
	})
	if err != nil {
		return err
	}
	return failed(keys, got.errs)
}

// DeleteMany deletes every key: a delete for each, one after the other on every server, and all servers at once.
func (c *Cache[V]) DeleteMany(ctx context.Context, keys []string) error {
	s, keys := c.store, unique(keys)
	got, err := callMany(ctx, s, "delete", keys, func(ctx context.Context, stored []string, errs []error) []*memcache.Item {
		s.each(ctx, stored, errs, func(i int) error { return s.delete(stored[i]) })
		return nil
	})
	if err != nil {
		return err
	}
	return failed(keys, got.errs)
}

// unique returns keys, each once.
func unique(keys []string) []string {
	seen := make(map[string]bool, len(keys))
	once := make([]string, 0, len(keys))
	for _, key := range keys {
		if !seen[key] {
			seen[key] = true
			once = append(once, key)
		}
	}
	return once
}
