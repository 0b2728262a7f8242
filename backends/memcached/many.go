package memcached

import (
	"context"
	"errors"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// GetEntries returns the entries found, negative ones included. It sends one gets per server, to all servers at once.
func (c *Cache[V]) GetEntries(ctx context.Context, keys []string) (map[string]ctxcache.Entry[V], error) {
	const op = ctxcache.OpGetEntries
	type reply struct {
		items []*memcache.Item
		errs  []error
	}
	s, keys := c.store, calls.Unique(keys) // a copy, because the caller may leave first and change its slice
	got, err := calls.Call(ctx, s.calls, op, func(context.Context) (reply, error) {
		stored, errs := s.storedAll(keys)
		return reply{s.getMany(stored, errs), errs}, nil
	}, nil)
	if err != nil {
		return nil, err
	}
	found, failed := make(map[string]ctxcache.Entry[V], len(keys)), make(map[string]error)
	for i, key := range keys {
		if err := got.errs[i]; err != nil {
			failed[key] = err
			continue
		}
		switch e, err := c.decode(got.items[i]); err {
		case nil, ctxcache.ErrNotFound:
			found[key] = e
		case ctxcache.ErrMiss:
		default:
			failed[key] = err
		}
	}
	return found, s.calls.FailMany(ctx, op, failed)
}

// SetEntries stores every entry. It sends a set for each: one after the other on every server, and to all servers at
// once. If an entry is unsupported, nothing is stored.
func (c *Cache[V]) SetEntries(ctx context.Context, entries map[string]ctxcache.Entry[V]) error {
	const op = ctxcache.OpSetEntries
	s := c.store
	if err := s.calls.Usable(ctx); err != nil {
		return ctxcache.Fail(layer, op, err)
	}
	keys, items := make([]string, 0, len(entries)), make([]*memcache.Item, 0, len(entries))
	unfit := make(map[string]error)
	for key, e := range entries {
		switch item, err := c.item(e); err {
		case nil:
			keys, items = append(keys, key), append(items, item)
		case errors.ErrUnsupported:
			return err
		default:
			unfit[key] = err
		}
	}
	return calls.DoMany(ctx, s.calls, op, func(ctx context.Context) (map[string]error, error) {
		stored, errs := s.storedAll(keys)
		s.each(ctx, inTurn, stored, errs, func(i int) error {
			items[i].Key = stored[i]
			return s.client.Set(items[i])
		})
		return collectFailed(unfit, keys, errs), nil
	})
}

// DeleteMany deletes every key. It sends a delete for each: one after the other on every server, and to all servers at
// once.
func (c *Cache[V]) DeleteMany(ctx context.Context, keys []string) error {
	s, keys := c.store, calls.Unique(keys)
	return calls.DoMany(ctx, s.calls, ctxcache.OpDeleteMany, func(ctx context.Context) (map[string]error, error) {
		stored, errs := s.storedAll(keys)
		s.each(ctx, inTurn, stored, errs, func(i int) error { return s.delete(stored[i]) })
		return collectFailed(make(map[string]error), keys, errs), nil
	})
}

// collectFailed adds the error of each key that has one to failed, and returns failed.
func collectFailed(failed map[string]error, keys []string, errs []error) map[string]error {
	for i, err := range errs {
		if err != nil {
			failed[keys[i]] = err
		}
	}
	return failed
}
