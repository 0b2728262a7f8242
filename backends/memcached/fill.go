package memcached

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// Fill stores e if the lease stands. It sends a gets and a cas.
func (c *Cache[V]) Fill(ctx context.Context, key string, lease ctxcache.Lease, e ctxcache.Entry[V]) error {
	const op = ctxcache.OpFill
	s := c.store
	if err := s.leasing(ctx); err != nil {
		return ctxcache.Fail(layer, op, err)
	}
	fill := c.fill(key, lease, e)
	err := s.exchange(ctx, op, fill)
	s.calls.Counts.Wrote(1, err)
	return err
}

// FillMany is Fill for many keys. It sends one gets per server, to all servers at once, and a cas for each key. The
// client cannot send several cas in one round trip. Therefore up to 16 of them run at a time on each server, or fewer
// if Options.MaxIdleConns is less.
func (c *Cache[V]) FillMany(
	ctx context.Context, entries map[string]ctxcache.Entry[V], leases map[string]ctxcache.Lease,
) error {
	const op = ctxcache.OpFillMany
	s := c.store
	if err := s.leasing(ctx); err != nil {
		return ctxcache.Fail(layer, op, err)
	}
	fills := make(map[string]*exchange, len(entries))
	for key, e := range entries {
		fills[key] = c.fill(key, leases[key], e)
	}
	err := s.spend(ctx, op, fills)
	s.calls.Counts.Wrote(len(fills), err)
	return err
}

// fill returns the exchange that stores e under key if the lease stands.
func (c *Cache[V]) fill(key string, lease ctxcache.Lease, e ctxcache.Entry[V]) *exchange {
	item, err := c.item(e)
	if err != nil {
		return &exchange{err: err}
	}
	l, err := c.store.lease(key, lease)
	return &exchange{lease: l, next: item, err: err}
}
