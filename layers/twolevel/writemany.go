package twolevel

import (
	"context"
	"errors"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// SetEntries writes far, in one call, then near, as SetEntry does.
func (c *Cache[K, V]) SetEntries(ctx context.Context, entries map[K]ctxcache.Entry[V]) error {
	keys := make([]K, 0, len(entries))
	for key := range entries {
		keys = append(keys, key)
	}
	if err := c.beginMany(ctx, ctxcache.OpSetEntries, keys); err != nil {
		return err
	}
	if len(entries) == 0 {
		return nil
	}
	var leases map[K]ctxcache.Lease
	if c.near.Supports().Has(ctxcache.CapLease) {
		// If near refuses the lease on a key, or fails, the key has no lease: it is deleted from near after far is
		// written.
		_, leases, _ = c.near.GetLeases(ctx, keys, ctxcache.NoExpiry)
	}
	began := time.Now()
	var during outages
	farErr := unlessItPanics(func() (err error) {
		during, err = c.triedMany(ctx, keys, true, func() error {
			return c.takeAwayMany(ctx, keys, leases, c.far.SetEntries(ctx, entries))
		})
		return err
	}, func() { _ = c.settleMany(ctx, entries, leases, errFarPanicked, 0, nil) })
	took := time.Since(began)
	if farErr == errors.ErrUnsupported { // before any effect
		return joined(farErr, c.endNearMany(ctx, leases))
	}
	nearErr := c.settleMany(ctx, entries, leases, farErr, took, during)
	return bothFailed(keys, c.farMissed(ctx, farErr), nearErr)
}

// DeleteMany deletes in far, in one call, then in near.
func (c *Cache[K, V]) DeleteMany(ctx context.Context, keys []K) error {
	if err := c.beginMany(ctx, ctxcache.OpDeleteMany, keys); err != nil {
		return err
	}
	farErr, nearErr := inTurn(func() error {
		_, err := c.triedMany(ctx, keys, false, func() error { return c.far.DeleteMany(ctx, keys) })
		return err
	}, func() error {
		defer func() {
			for _, key := range keys {
				c.reads.Forget(key)
			}
		}()
		return c.near.DeleteMany(context.WithoutCancel(ctx), keys)
	})
	return bothFailed(keys, c.farMissed(ctx, farErr), nearErr)
}
