package twolevel

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// fillNearMany is fillNear for many keys, in one call of near. It removes the leases that it has spent from leases.
// Failed has near's errors. Any other key had no lease, had lost it, or cannot have a copy.
func (c *Cache[K, V]) fillNearMany(
	ctx context.Context, entries map[K]ctxcache.Entry[V], leases map[K]ctxcache.Lease, took time.Duration,
) (filled map[K]bool, failed map[K]error) {
	filled, failed = make(map[K]bool), make(map[K]error)
	copies := make(map[K]ctxcache.Entry[V], len(entries))
	for key, e := range entries {
		if !leases[key].Granted() {
			continue
		}
		if e, can := c.copyFor(e, took); can {
			copies[key] = e
		}
	}
	if len(copies) == 0 {
		return filled, failed
	}
	err := c.near.FillMany(context.WithoutCancel(ctx), copies, leases)
	for key := range copies {
		switch err := ctxcache.KeyError(err, key); err {
		case nil:
			filled[key] = true
			delete(leases, key)
		case ctxcache.ErrLeaseLost:
		default:
			failed[key] = err
		}
	}
	return filled, failed
}

// endNearMany releases near's leases that were granted, in one call, whether or not the caller has left.
func (c *Cache[K, V]) endNearMany(ctx context.Context, leases map[K]ctxcache.Lease) error {
	for _, lease := range leases {
		if lease.Granted() {
			return ctxcache.UnlessLost[K](c.near.ReleaseMany(context.WithoutCancel(ctx), leases))
		}
	}
	return nil
}

// settleMany is settle for a write of many entries. It removes the leases that it has spent from leases.
func (c *Cache[K, V]) settleMany(
	ctx context.Context, entries map[K]ctxcache.Entry[V], leases map[K]ctxcache.Lease, farErr error, took time.Duration,
) error {
	defer func() {
		for key := range entries {
			c.reads.Forget(key)
		}
	}()
	written := make(map[K]ctxcache.Entry[V], len(entries))
	for key, e := range entries {
		if ctxcache.KeyError(farErr, key) == nil {
			written[key] = e
		}
	}
	filled, failed := c.fillNearMany(ctx, written, leases, took)
	rest := make([]K, 0, len(entries)-len(filled))
	for key := range entries {
		if !filled[key] {
			rest = append(rest, key)
		}
	}
	if len(rest) > 0 {
		addFailed(failed, rest, c.near.DeleteMany(context.WithoutCancel(ctx), rest))
		addFailed(failed, rest, c.endNearMany(ctx, leases))
	}
	return ctxcache.NewManyError(failed)
}
