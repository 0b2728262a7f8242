package twolevel

import (
	"context"
	"errors"

	"github.com/ctxcache/cached/ctxcache"
)

// The choices of this file. A write that far did not carry out must not leave the old value in far if a caller counts on
// a change. Caches should take it away themselves. Not every cache does, so two levels delete the key in far in two
// cases:
//
//   - Far refused the value (ErrValue). Far can be reached, so the deletion will probably work.
//   - A level has no leases, so loads are stored by such writes, and near's lease did not stand until far had failed.
//     The key may have been deleted meanwhile. The write that failed may have taken effect after that deletion, and
//     then nobody must read the value.
//
// With Resilient, an outage is not waited for once more. The key is listed instead: see missed.go. So is a key whose deletion
// fails because of an outage, after far has refused the value without asking its servers.
//
// After ErrTimeout there is no deletion. A far that returns ErrTimeout deletes the key itself, again when the write
// can no longer arrive. Its servers hang, so the caller would only wait once more.
//
// The deletion comes before near's part of the write, as every change of far does: see (2) of write.go. It ends with the
// caller's context, so no caller waits for it longer than it is willing to.

// takeAway deletes key in far if that is necessary after farErr, the error of a write. Lease is near's lease of the
// write. It returns farErr, joined with the error of the deletion.
func (c *Cache[K, V]) takeAway(ctx context.Context, key K, lease ctxcache.Lease, farErr error) error {
	if !c.mustTakeAway(ctx, key, lease, farErr) {
		return farErr
	}
	failed := c.far.Delete(ctx, key)
	if c.heard(ctx, writes, key, failed) != (outage{}) {
		c.list(false, key)
	}
	return joined(farErr, failed)
}

// takeAwayMany is takeAway for a write of many entries, in one call of far.
func (c *Cache[K, V]) takeAwayMany(ctx context.Context, keys []K, leases map[K]ctxcache.Lease, farErr error) error {
	var failed []K
	for _, key := range keys {
		if c.mustTakeAway(ctx, key, leases[key], ctxcache.KeyError(farErr, key)) {
			failed = append(failed, key)
		}
	}
	if len(failed) == 0 {
		return farErr
	}
	deleteErr := c.far.DeleteMany(ctx, failed)
	c.heardMany(ctx, writes, failed, deleteErr)
	notDeleted := make(map[K]error)
	addFailed(notDeleted, failed, deleteErr)
	for key, err := range notDeleted {
		if c.missedBy(ctx, err) != nil {
			c.list(false, key)
		}
	}
	return bothFailed(keys, farErr, ctxcache.NewManyError(notDeleted))
}

func (c *Cache[K, V]) mustTakeAway(ctx context.Context, key K, lease ctxcache.Lease, farErr error) bool {
	switch {
	case farErr == nil || ctx.Err() != nil || errors.Is(farErr, ctxcache.ErrTimeout):
		return false
	case errors.Is(farErr, ctxcache.ErrValue):
		return true
	case !isOutage(farErr):
		return false
	default:
		return !c.opts.Resilient && !c.caps.Has(ctxcache.CapLease) && !c.stood(ctx, key, lease)
	}
}

// stood ends lease, near's lease on key, and reports whether it stood: nobody in this process has changed the key since
// it was granted.
func (c *Cache[K, V]) stood(ctx context.Context, key K, lease ctxcache.Lease) bool {
	return lease.Granted() && c.near.Release(context.WithoutCancel(ctx), key, lease) == nil
}
