package twolevel

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// SetEntries writes far, in one call, then near, as SetEntry does. Entries that no cache can store, such as one with a
// negative TTL, are reported by a [*ctxcache.ManyError], and leave their keys as they are. The others are written.
func (c *Cache[K, V]) SetEntries(ctx context.Context, entries map[K]ctxcache.Entry[V]) error {
	keys := slices.Collect(maps.Keys(entries))
	if err := c.beginMany(ctx, ctxcache.OpSetEntries, keys); err != nil {
		return err
	}
	unfit := make(map[K]error)
	for key, e := range entries {
		if err := e.Check(); err != nil {
			unfit[key] = ctxcache.Fail(kind, ctxcache.OpSetEntries, err)
		}
	}
	if len(unfit) == 0 {
		return c.setEntries(ctx, keys, entries)
	}
	fit := maps.Clone(entries)
	maps.DeleteFunc(fit, func(key K, _ ctxcache.Entry[V]) bool { return unfit[key] != nil })
	others := slices.Collect(maps.Keys(fit))
	failed := c.setEntries(ctx, others, fit)
	if failed == errors.ErrUnsupported { // before any effect
		return failed
	}
	addFailed(unfit, others, failed)
	return ctxcache.NewManyError(unfit)
}

// setEntries is SetEntries for entries that can be stored. Keys are their keys.
func (c *Cache[K, V]) setEntries(ctx context.Context, keys []K, entries map[K]ctxcache.Entry[V]) error {
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
