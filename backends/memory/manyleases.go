package memory

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// GetLeases is GetLease for many keys. The second map has a lease for each key that was due, granted or not. If a key
// cannot be in a map, the call fails before it looks up any key. If ctx ends meanwhile, it returns neither entries nor
// leases, and leaves no lease behind.
func (c *Cache[K, V]) GetLeases(
	ctx context.Context, keys []K, refreshBelow time.Duration,
) (map[K]ctxcache.Entry[V], map[K]ctxcache.Lease, error) {
	if err := c.begin(ctx, ctxcache.OpGetLeases, slices.Values(keys)); err != nil {
		return nil, nil, err
	}
	found := make(map[K]ctxcache.Entry[V], len(keys))
	due := make(map[K]ctxcache.Lease)
	answered := false
	defer func() {
		if !answered { // the call fails, or OnEvict panics, so the caller gets no lease
			c.abandon(due)
		}
	}()
	for _, key := range keys {
		if has(found, key) || has(due, key) { // an absent key is due, so it is in due
			continue
		}
		var e ctxcache.Entry[V]
		lease, err := c.getLease(ctx, ctxcache.OpGetLeases, key, refreshBelow, &e)
		switch err {
		case nil, ctxcache.ErrNotFound:
			found[key] = e
		case ctxcache.ErrMiss:
		default: // not an error of this key: refreshBelow is negative, the context is done, or the cache is closed
			return nil, nil, err
		}
		if lease != (ctxcache.Lease{}) {
			due[key] = lease
		}
	}
	answered = true
	return found, due, nil
}

// abandon ends leases, even if the caller's context is done or the cache is closed.
func (c *Cache[K, V]) abandon(leases map[K]ctxcache.Lease) {
	for key, lease := range leases {
		if sequence := c.sequenceOf(lease, key); sequence != 0 {
			s, _ := c.place(key)
			s.endLease(key, sequence)
		}
	}
}

// FillMany is Fill for many keys. Entries that cannot be stored, or whose lease does not stand, are reported by a
// [*ctxcache.ManyError]; the others are stored. If a key cannot be in a map, the call fails before it stores any entry.
// If ctx ends meanwhile, some entries are not stored, and their leases stand.
func (c *Cache[K, V]) FillMany(
	ctx context.Context, entries map[K]ctxcache.Entry[V], leases map[K]ctxcache.Lease,
) error {
	if err := c.begin(ctx, ctxcache.OpFillMany, maps.Keys(entries)); err != nil {
		return err
	}
	failed := make(map[K]error)
	for key, e := range entries {
		if err := c.fill(ctx, ctxcache.OpFillMany, key, leases[key], &e); err != nil {
			if whole := c.usable(ctx); whole != nil {
				return c.failInstead(ctxcache.OpFillMany, err, whole)
			}
			failed[key] = err
		}
	}
	return ctxcache.NewManyError(failed)
}

// ReleaseMany is Release for many keys. It leaves out leases that were not granted. Leases that no longer stood are
// reported by a [*ctxcache.ManyError]. If ctx ends meanwhile, it returns the context's error, and some leases stand.
func (c *Cache[K, V]) ReleaseMany(ctx context.Context, leases map[K]ctxcache.Lease) error {
	switch err := c.checkMany(ctx, maps.Keys(leases)); err {
	case nil:
	case ctxcache.ErrClosed: // all leases have ended
		return nil
	default:
		return c.fail(ctxcache.OpReleaseMany, err)
	}
	failed := make(map[K]error)
	for key, lease := range leases {
		if !lease.Granted() {
			continue
		}
		if err := c.end(ctx, ctxcache.OpReleaseMany, key, lease, false); err != nil {
			if done := ctx.Err(); done != nil {
				return c.failInstead(ctxcache.OpReleaseMany, err, done)
			}
			failed[key] = err
		}
	}
	return ctxcache.NewManyError(failed)
}
