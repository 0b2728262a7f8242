package layers

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Expiring returns inner with times to live by expiry, whichever way an entry is written. A cap on the life of
// one copy ([ctxcache.Entry] Keep) is none of its business.
//
// If expiry is not valid, every call returns the error of its Validate.
func Expiring[K comparable, V any](inner ctxcache.Cache[K, V], expiry Expiry) ctxcache.Cache[K, V] {
	need("Expiring", "an inner cache", inner != nil)
	if err := expiry.Validate(); err != nil {
		return invalid[K, V]{err}
	}
	return &expiring[K, V]{Forward: ctxcache.NewForward(inner), expiry: expiry}
}

type expiring[K comparable, V any] struct {
	ctxcache.Forward[K, V]
	expiry Expiry
}

func (c *expiring[K, V]) Set(ctx context.Context, key K, value V, ttl time.Duration) error {
	return c.Forward.Set(ctx, key, value, c.expiry.life(ttl, 0))
}

func (c *expiring[K, V]) SetEntry(ctx context.Context, key K, e ctxcache.Entry[V]) error {
	e.TTL = c.expiry.life(e.TTL, e.Stale)
	return c.Forward.SetEntry(ctx, key, e)
}

func (c *expiring[K, V]) SetEntries(ctx context.Context, entries map[K]ctxcache.Entry[V]) error {
	limited := make(map[K]ctxcache.Entry[V], len(entries))
	for key, e := range entries {
		e.TTL = c.expiry.life(e.TTL, e.Stale)
		limited[key] = e
	}
	return c.Forward.SetEntries(ctx, limited)
}

func (c *expiring[K, V]) GetLease(
	ctx context.Context, key K, refreshBelow time.Duration,
) (ctxcache.Entry[V], ctxcache.Lease[V], error) {
	entry, lease, err := c.Forward.GetLease(ctx, key, refreshBelow)
	return entry, c.lease(key, lease), err
}

func (c *expiring[K, V]) GetLeases(
	ctx context.Context, keys []K, refreshBelow time.Duration,
) (map[K]ctxcache.Entry[V], map[K]ctxcache.Lease[V], error) {
	found, leases, err := c.Forward.GetLeases(ctx, keys, refreshBelow)
	return found, wrapLeases(leases, c.lease), err
}

// lease returns lease with limited fills; nil stays nil.
func (c *expiring[K, V]) lease(_ K, lease ctxcache.Lease[V]) ctxcache.Lease[V] {
	if lease == nil {
		return nil
	}
	return &expiringLease[V]{Lease: lease, expiry: c.expiry}
}

type expiringLease[V any] struct {
	ctxcache.Lease[V]
	expiry Expiry
}

func (l *expiringLease[V]) Fill(ctx context.Context, e ctxcache.Entry[V]) error {
	e.TTL = l.expiry.life(e.TTL, e.Stale)
	return l.Lease.Fill(ctx, e)
}
