package layers

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// GetLease asks the inner cache, because only that can grant a lease. The scope remembers the entry that it returns.
func (c *requestScoped[K, V]) GetLease(
	ctx context.Context, key K, refreshBelow time.Duration,
) (ctxcache.Entry[V], ctxcache.Lease, error) {
	part := c.part(requestScopeOf(ctx))
	if part == nil || ctxcache.CheckKey(key) != nil {
		return c.Forward.GetLease(ctx, key, refreshBelow)
	}
	turn, got := part.hold(key), noAnswer[V]()
	defer func() { part.endLease(turn, got) }()
	began := time.Now()
	e, lease, err := c.Forward.GetLease(ctx, key, refreshBelow)
	got = c.leased(scopeAnswer[V]{e, err, began})
	return e, lease, err
}

// leased returns the answer to a GetLease as the scope keeps it. If values are copied, the scope keeps nothing of it,
// and forgets what it had: were the copying to panic, the lease would be lost.
func (c *requestScoped[K, V]) leased(got scopeAnswer[V]) scopeAnswer[V] {
	if got.err == nil && c.clone != nil {
		return scopeAnswer[V]{err: ctxcache.ErrMiss}
	}
	return got
}

// GetLeases is GetLease for many keys.
func (c *requestScoped[K, V]) GetLeases(
	ctx context.Context, keys []K, refreshBelow time.Duration,
) (map[K]ctxcache.Entry[V], map[K]ctxcache.Lease, error) {
	part := c.part(requestScopeOf(ctx))
	if part == nil || !allValid(keys) {
		return c.Forward.GetLeases(ctx, keys, refreshBelow)
	}
	turns, got := make(map[K]scopeTurn[K, V], len(keys)), make(map[K]scopeAnswer[V], len(keys))
	for _, key := range keys {
		if _, twice := turns[key]; !twice {
			turns[key], got[key] = part.hold(key), noAnswer[V]()
		}
	}
	defer func() {
		for key, turn := range turns {
			part.endLease(turn, got[key])
		}
	}()
	began := time.Now()
	entries, leases, err := c.Forward.GetLeases(ctx, keys, refreshBelow)
	for key := range turns {
		answer := scopeAnswer[V]{err: ctxcache.KeyError(err, key), since: began}
		if e, there := entries[key]; answer.err == nil {
			answer.entry = e
			switch {
			case !there:
				answer.err = ctxcache.ErrMiss
			case e.Absent:
				answer.err = ctxcache.ErrNotFound
			}
		}
		got[key] = c.leased(answer)
	}
	return entries, leases, err
}
