package twolevel

import (
	"context"
	"errors"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// The choices of this file. A write takes near's lease, writes far, and then fills near with the lease or deletes the
// near copy. docs/design.md ("Two levels") says how this was checked. Each part of the order is there for one
// interleaving. Its number is repeated at the line.
//
//  (1) Near's lease before far. Writers A and B write far, A before B, and then near, B before A. Without leases, near
//      has A's value and far has B's. With them, only one of the two has near's lease. The other deletes the near copy
//      after its far write, which ends that lease or removes the value that it has filled. So near has B's value or
//      nothing.
//  (2) Far before near. A reader misses near, takes near's lease, and reads the old value from far. Then the write
//      deletes in near. This ends the reader's lease, so the old value does not enter near. If near came first, the
//      reader could take the lease after the deletion in near, copy the old value before the write reaches far, and keep
//      it.
//  (3) Near's part whatever far answered. The far write fails, the caller leaves, or far panics. Far may have the new
//      value all the same, or get it later. So the near copy is deleted, even if the caller has left: the next read asks
//      far. If Resilient hides the failure, near gets the new value instead: see alone.go.

// Set writes far, then near. If far refuses the value (ctxcache.ErrValue), the old value is deleted in both levels.
func (c *Cache[K, V]) Set(ctx context.Context, key K, value V, ttl time.Duration) error {
	return c.write(ctx, ctxcache.OpSet, key, ctxcache.NewEntry(value, ttl), func() error {
		return c.far.Set(ctx, key, value, ttl)
	})
}

// SetEntry writes far, then near.
func (c *Cache[K, V]) SetEntry(ctx context.Context, key K, e ctxcache.Entry[V]) error {
	return c.write(ctx, ctxcache.OpSetEntry, key, e, func() error { return c.far.SetEntry(ctx, key, e) })
}

// write takes near's lease, whether or not near has a copy, and writes far. Then it fills near, using the lease, or
// deletes the near copy.
func (c *Cache[K, V]) write(
	ctx context.Context, op ctxcache.Operation, key K, e ctxcache.Entry[V], far func() error,
) (err error) {
	if err := c.beginKey(ctx, op, key); err != nil {
		return err
	}
	if err := e.Check(); err != nil {
		return ctxcache.Fail(kind, op, err)
	}
	var lease ctxcache.Lease
	if c.near.Supports().Has(ctxcache.CapLease) {
		// (1): near's lease comes before far is written.
		if _, lease, err = c.near.GetLease(ctx, key, ctxcache.NoExpiry); !lease.Granted() && nearFailed(err) {
			return err
		}
	}
	began := time.Now()
	// (2): far is written before near is filled or deleted. (3), if far panics.
	var during outage
	farErr := unlessItPanics(func() (err error) {
		during, err = c.tried(ctx, key, true, func() error { return c.takeAway(ctx, key, lease, far()) })
		return err
	}, func() { _ = c.settle(ctx, key, lease, e, errFarPanicked, 0, outage{}) })
	if farErr == errors.ErrUnsupported { // before any effect
		return joined(farErr, c.endNear(ctx, key, lease))
	}
	nearErr := c.settle(ctx, key, lease, e, farErr, time.Since(began), during) // (3)
	return joined(c.farMissed(ctx, farErr), nearErr)
}

// unlessItPanics calls level, which calls near or far, and returns its error. If level panics, as an encoder of values
// may, or ends the goroutine, it calls cleanUp. The panic goes on.
func unlessItPanics(level func() error, cleanUp func()) error {
	returned := false
	defer func() {
		if !returned {
			cleanUp()
		}
	}()
	err := level()
	returned = true
	return err
}

// errFarPanicked is used as far's error if far panicked. No caller gets it, because the panic goes on.
var errFarPanicked = ctxcache.Discreet("two-level: far panicked", nil)

// nearFailed reports whether err, near's answer to GetLease, is a failure. A miss, a negative entry and a corrupt copy
// are not failures.
func nearFailed(err error) bool {
	return err != nil && err != ctxcache.ErrNotFound && !isAbsent(err)
}

// Delete deletes in far, then in near. In the other order, a reader in between would copy the old value from far to
// near (2).
func (c *Cache[K, V]) Delete(ctx context.Context, key K) error {
	if err := c.beginKey(ctx, ctxcache.OpDelete, key); err != nil {
		return err
	}
	return c.deleteBoth(ctx, key, func() error { return c.far.Delete(ctx, key) })
}

// deleteBoth calls far, which deletes key in far, and deletes key in near. It returns the error of both.
func (c *Cache[K, V]) deleteBoth(ctx context.Context, key K, far func() error) error {
	farErr, nearErr := inTurn(func() error {
		_, err := c.tried(ctx, key, false, far)
		return err
	}, func() error {
		defer c.reads.Forget(key)
		return c.near.Delete(context.WithoutCancel(ctx), key)
	})
	return joined(c.farMissed(ctx, farErr), nearErr)
}

// inTurn calls far, then near, whatever far returned, and even if far panics (3).
func inTurn(far, near func() error) (farErr, nearErr error) {
	defer func() { nearErr = near() }()
	return far(), nil
}
