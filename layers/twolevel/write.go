package twolevel

import (
	"context"
	"errors"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Set writes far, then near.
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
// deletes the near copy. Near and far agree after every interleaving of two writers and a reader.
func (c *Cache[K, V]) write(
	ctx context.Context, op ctxcache.Operation, key K, e ctxcache.Entry[V], far func() error,
) (err error) {
	if err := c.begin(ctx, op); err != nil {
		return err
	}
	if err := e.Check(); err != nil {
		return ctxcache.Fail(kind, op, err)
	}
	var lease ctxcache.Lease
	if c.near.Supports().Has(ctxcache.CapLease) {
		if _, lease, err = c.near.GetLease(ctx, key, ctxcache.NoExpiry); !lease.Granted() && nearFailed(err) {
			return err
		}
	}
	began := time.Now()
	farErr := unlessItPanics(far, func() { _ = c.settle(ctx, key, lease, e, errFarPanicked, 0) })
	if farErr == errors.ErrUnsupported { // before any effect
		return joined(farErr, c.endNear(ctx, key, lease))
	}
	nearErr := c.settle(ctx, key, lease, e, farErr, time.Since(began))
	return joined(c.farFailed(ctx, farErr), nearErr)
}

// unlessItPanics calls far and returns its error. If far panics, as an encoder of values may, it calls settle, and the
// panic goes on.
func unlessItPanics(far func() error, settle func()) error {
	returned := false
	defer func() {
		if !returned {
			settle()
		}
	}()
	err := far()
	returned = true
	return err
}

// errFarPanicked is used as far's error if far panicked. No caller gets it, because the panic goes on.
var errFarPanicked = errors.New("two-level: far panicked")

// nearFailed reports whether err, near's answer to GetLease, is a failure. A miss, a negative entry and a corrupt copy
// are not failures.
func nearFailed(err error) bool {
	return err != nil && err != ctxcache.ErrNotFound && !isAbsent(err)
}

// Delete deletes in far, then in near. In the other order, a reader in between would copy the old value from far to
// near.
func (c *Cache[K, V]) Delete(ctx context.Context, key K) error {
	if err := c.begin(ctx, ctxcache.OpDelete); err != nil {
		return err
	}
	err := c.far.Delete(ctx, key)
	return c.deleteNear(ctx, key, err)
}

// Remove deletes like Delete, and reports whether far had the key.
func (c *Cache[K, V]) Remove(ctx context.Context, key K) (was bool, err error) {
	if !c.caps.Has(ctxcache.CapRemove) {
		return false, errors.ErrUnsupported
	}
	if err := c.begin(ctx, ctxcache.OpRemove); err != nil {
		return false, err
	}
	was, err = c.far.Remove(ctx, key)
	return was, c.deleteNear(ctx, key, err)
}

// deleteNear does near's part of a deletion, after far returned farErr, and returns the error of both.
func (c *Cache[K, V]) deleteNear(ctx context.Context, key K, farErr error) error {
	defer c.reads.Forget(key)
	nearErr := c.near.Delete(context.WithoutCancel(ctx), key)
	return joined(c.farFailed(ctx, farErr), nearErr)
}
