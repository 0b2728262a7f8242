package twolevel

import (
	"context"
	"errors"

	"github.com/ctxcache/cached/ctxcache"
)

// The ends of a lease. After Close they still give back near's and far's leases, because near and far stay open. But they
// return nil then, and do not call OnFarError.

// beginEnd returns the error of an operation that cannot end a lease, or nil. It does not check the context: near's
// part ends anyway.
func (c *Cache[K, V]) beginEnd(op ctxcache.Operation) error {
	if !c.caps.Has(ctxcache.CapLease) {
		return errors.ErrUnsupported
	}
	return c.misconfigured(op)
}

// Release gives up both parts of the lease. Far's part proves that nothing has invalidated the key since the grant,
// because this process makes all its changes in far, too. If near's part was lost, that proves nothing: it may have run
// out, or near may have followed a late event of a change before the grant.
//
// With Resilient, a deletion may have reached near only, so Release also returns ErrLeaseLost if near's part was lost, or
// if far has missed any write since the grant. Release of a local lease proves only that this process has not changed the
// key.
// An outage of far does not prove anything, so Release calls OnFarError and returns ErrLeaseLost.
func (c *Cache[K, V]) Release(ctx context.Context, key K, lease ctxcache.Lease) error {
	if err := c.beginEnd(ctxcache.OpRelease); err != nil {
		return err
	}
	p, ok := c.pairOf(key, lease)
	if !ok {
		return c.lost()
	}
	if p.isLocal() {
		return c.releaseLocal(ctx, p)
	}
	farErr, nearErr := inTurn(func() error { return c.far.Release(ctx, key, p.far) }, func() error {
		if !p.near.Granted() {
			return nil
		}
		return c.near.Release(context.WithoutCancel(ctx), key, p.near)
	})
	if c.closed.Load() {
		return nil
	}
	c.heard(ctx, writes, key, farErr)
	return c.released(c.farFailed(ctx, farErr), farErr != nil || c.missedSince(p), nearErr)
}

// released returns the result of a Release. Visible is the part of far's error that callers get. Doubtful reports whether
// far returned an error, or has missed a write.
func (c *Cache[K, V]) released(visible error, doubtful bool, nearErr error) error {
	unproved := c.opts.Resilient && (doubtful || nearErr == ctxcache.ErrLeaseLost)
	if visible == nil && unproved {
		visible = ctxcache.ErrLeaseLost
	}
	return joined(visible, ctxcache.UnlessLost[K](nearErr))
}

// Drop removes the entry that the lease was granted on, in far and then in near, and ends the lease. If far's part no
// longer stands, it returns ErrLeaseLost, bare, and leaves far as it is.
func (c *Cache[K, V]) Drop(ctx context.Context, key K, lease ctxcache.Lease) error {
	if err := c.beginEnd(ctxcache.OpDrop); err != nil {
		return err
	}
	p, ok := c.pairOf(key, lease)
	if !ok {
		return c.lost()
	}
	if p.isLocal() {
		return c.dropLocal(ctx, p)
	}
	farErr := unlessItPanics(func() error {
		if c.closed.Load() { // nobody counts on the replay any more
			return c.far.Drop(ctx, key, p.far)
		}
		_, err := c.tried(ctx, key, false, func() error { return c.far.Drop(ctx, key, p.far) })
		return err
	}, func() { _ = c.dropNear(ctx, key, p.near, errFarPanicked) })
	nearErr := c.dropNear(ctx, key, p.near, farErr)
	if c.closed.Load() {
		return nil
	}
	return joined(c.farMissed(ctx, farErr), nearErr)
}

// dropNear does near's part of a Drop, after far returned farErr. It removes the entry that near's lease was granted
// on. If near's lease does not stand, near may have a copy of the entry that far has dropped, or may have dropped. Then
// dropNear deletes the copy, whichever it is.
func (c *Cache[K, V]) dropNear(ctx context.Context, key K, lease ctxcache.Lease, farErr error) error {
	defer c.reads.Forget(key)
	ctx = context.WithoutCancel(ctx)
	err := ctxcache.ErrLeaseLost
	if lease.Granted() {
		err = unlessItPanics(
			func() error { return c.near.Drop(ctx, key, lease) },
			func() { _ = c.near.Delete(ctx, key) }) // the caller gets the panic
	}
	if err == ctxcache.ErrLeaseLost && farErr != ctxcache.ErrLeaseLost {
		err = c.near.Delete(ctx, key)
	}
	return ctxcache.UnlessLost[K](err)
}

// lost returns the error for a lease that this cache has not granted: ErrLeaseLost, or nil after Close.
func (c *Cache[K, V]) lost() error {
	if c.closed.Load() {
		return nil
	}
	return ctxcache.ErrLeaseLost
}
