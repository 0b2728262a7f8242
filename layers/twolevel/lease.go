package twolevel

import (
	"context"
	"errors"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/own"
)

// pair is the token of a lease on both levels. It is comparable.
type pair[K comparable] struct {
	cache *identity
	key   K              // a copy, because a lease outlives the call
	near  ctxcache.Lease // not granted if another holder has near's lease
	far   ctxcache.Lease

	failures uint64 // how many writes far had missed when far was asked for its lease: see missedSince

	// These are of a local lease: it is near's alone.
	during outage // that it was granted in; the zero outage otherwise
	renews bool   // the load replaces a value, and far may have the older one
}

// identity stands for the cache in the leases that it has granted. A lease does not point to the cache itself, because
// a forgotten lease would keep all of near in memory.
type identity struct{ _ byte } // not empty, so that each has its own address

// granted returns a lease made of near's and far's leases. If far's is local, so is the one that it returns: it proves no
// more.
func (c *Cache[K, V]) granted(key K, near, far ctxcache.Lease, failures uint64) ctxcache.Lease {
	p := pair[K]{cache: c.identity, key: own.Copy(key), near: near, far: far, failures: failures}
	if far.Local() {
		return ctxcache.NewLocalLease(p)
	}
	return ctxcache.NewLease(p)
}

// pairOf returns the leases that lease is made of. It reports false if this cache has not granted lease on key.
func (c *Cache[K, V]) pairOf(key K, lease ctxcache.Lease) (pair[K], bool) {
	p, ok := lease.Token().(pair[K])
	return p, ok && p.cache == c.identity && p.key == key
}

// beginLease is begin for an operation with leases. It returns ErrUnsupported if the cache does not support leases.
func (c *Cache[K, V]) beginLease(ctx context.Context, op ctxcache.Operation) error {
	if !c.caps.Has(ctxcache.CapLease) {
		return errors.ErrUnsupported
	}
	return c.begin(ctx, op)
}

// GetLease takes near's lease, then far's. If near has a copy that is not due, it returns the copy and does not ask
// far. If another holder has near's lease, for example a far read under way, far's lease alone is enough: Fill then
// deletes the near copy instead of filling near.
//
// With Resilient, GetLease returns near's lease alone if far is down: see [ctxcache.Lease.Local]. It comes with near's
// copy, if there is one. If another holder has near's lease, there is none. If a read of the key has just failed in far,
// and refreshBelow is 0, GetLease does not ask far.
func (c *Cache[K, V]) GetLease(
	ctx context.Context, key K, refreshBelow time.Duration,
) (e ctxcache.Entry[V], lease ctxcache.Lease, err error) {
	if !c.caps.Has(ctxcache.CapLease) {
		return e, lease, errors.ErrUnsupported
	}
	if err := c.beginKey(ctx, ctxcache.OpGetLease, key); err != nil {
		return e, lease, err
	}
	copied, near, copyErr := c.near.GetLease(ctx, key, refreshBelow)
	if nearFailed(copyErr) {
		return e, lease, copyErr
	}
	if copied = c.reported(copied); !isAbsent(copyErr) && !ctxcache.Due(copied.TTL, refreshBelow) {
		return copied, lease, joined(copyErr, c.endNear(ctx, key, near))
	}
	if during := c.standing(reads, key); during != (outage{}) && refreshBelow == 0 && c.failedReads.take(key) {
		return e, c.local(key, near, false, during), ctxcache.ErrMiss
	}
	e, lease, farErr, nearErr := c.leaseFar(ctx, key, refreshBelow, near, renews(refreshBelow, !isAbsent(copyErr)))
	if lease.Granted() && !lease.Local() { // with ErrMiss, ErrNotFound, ErrCorrupt, or an entry that is due
		return e, lease, farErr
	}
	err = unlessItPanics(
		func() error { return c.farFailed(ctx, farErr) },
		func() { _ = c.Release(context.WithoutCancel(ctx), key, lease) }) // the caller gets the panic
	if err == nil && farErr != nil {
		err = ctxcache.ErrMiss
		switch {
		case !isAbsent(copyErr): // as a read returns it
			e, err = copied, copyErr
		case !lease.Granted():
			e, lease, err = c.leaseNearAgain(ctx, key, refreshBelow)
		}
	}
	if nearErr != nil {
		return ctxcache.Entry[V]{}, ctxcache.Lease{}, joined(err, nearErr)
	}
	return e, lease, err
}

// leaseFar takes far's lease, and hands out near's lease with it. Without far's lease, it fills near with far's entry
// and ends near's lease. If Resilient hides that far has failed, it hands out near's lease alone. Renews says that the load
// replaces a value. LeaseFar returns the errors of both levels.
func (c *Cache[K, V]) leaseFar(
	ctx context.Context, key K, refreshBelow time.Duration, near ctxcache.Lease, renews bool,
) (e ctxcache.Entry[V], lease ctxcache.Lease, farErr, nearErr error) {
	defer func() { nearErr = joined(nearErr, c.endNear(ctx, key, near)) }() // near is the zero Lease if its lease was spent or handed out
	into, failures := c.unsettled.unless(key, near), c.missed.count(key)
	believe, during, farErr := c.clean(ctx, key)
	began := time.Now()
	if farErr == nil {
		e, lease, farErr = c.far.GetLease(c.farContext(ctx), key, refreshBelow)
		during = c.heardLease(ctx, key, lease.Granted(), farErr)
	}
	took := time.Since(began)
	if !believe && (farErr == nil || farErr == ctxcache.ErrNotFound) { // (6) of missed.go
		e, farErr = ctxcache.Entry[V]{}, ctxcache.ErrMiss
		if !lease.Granted() {
			return e, ctxcache.NoLease(ctxcache.Unavailable), farErr, nil
		}
	}
	switch {
	case lease.Granted():
		lease = c.granted(key, near, lease, failures)
		near = ctxcache.Lease{}
	case during != outage{}:
		lease = c.local(key, near, renews, during)
		near = ctxcache.Lease{}
	case farErr == nil || farErr == ctxcache.ErrNotFound:
		var filled bool
		if filled, nearErr = c.copyNear(ctx, key, into, e, took); filled {
			near = ctxcache.Lease{}
		}
	default:
		return ctxcache.Entry[V]{}, lease, farErr, nil
	}
	return e, lease, farErr, nearErr
}

// Fill fills far. If far accepts the fill, it fills near, too; otherwise it deletes the near copy. Either way it ends
// near's part of the lease. If it fails, far's part stands, so that the holder can try again, or call Drop. It returns
// ErrLeaseLost, bare, if far's part no longer stands.
//
// With Resilient, Fill also returns ErrLeaseLost if far has missed a write since the grant: it may have been of this
// key. A Fill during an outage of far returns nil, and near does not keep the value unless the lease is local. The
// caller will not end the lease then, so Fill tries to drop it in far. If far is reachable again, the old value does
// not stay there after a Fill that seemed to succeed.
func (c *Cache[K, V]) Fill(ctx context.Context, key K, lease ctxcache.Lease, e ctxcache.Entry[V]) error {
	if err := c.beginLease(ctx, ctxcache.OpFill); err != nil {
		return err
	}
	p, ok := c.pairOf(key, lease)
	if !ok {
		return ctxcache.ErrLeaseLost
	}
	if err := e.Check(); err != nil {
		return ctxcache.Fail(kind, ctxcache.OpFill, err)
	}
	if p.isLocal() {
		return c.fillLocal(ctx, key, p, e)
	}
	began := time.Now()
	farErr := unlessItPanics(
		func() error { return c.dropHidden(ctx, key, p.far, c.far.Fill(ctx, key, p.far, e)) },
		func() { _ = c.settle(ctx, key, p.near, e, errFarPanicked, 0, outage{}) })
	c.heard(ctx, writes, key, farErr)
	if farErr == errors.ErrUnsupported { // before any effect
		return farErr
	}
	if farErr == nil && c.missedSince(p) {
		farErr = ctxcache.ErrLeaseLost
	}
	nearErr := c.settle(ctx, key, p.near, e, farErr, time.Since(began), outage{}) // see (4) of alone.go
	return joined(c.farMissed(ctx, farErr), nearErr)
}

// dropHidden drops far's lease after a Fill that failed in far, if the caller will not get the error: see Fill. If that
// fails, too, far may keep an old value, so dropHidden lists the key. It
// returns farErr, joined with the error of the Drop. This comes before near's part, as every change of far does.
// Otherwise a reader could copy the old value to near before the Drop, and near would keep it: see (2) of write.go.
func (c *Cache[K, V]) dropHidden(ctx context.Context, key K, far ctxcache.Lease, farErr error) error {
	if c.missedBy(ctx, farErr) == nil || c.opts.Strict {
		return farErr
	}
	err := ctxcache.UnlessLost[K](c.far.Drop(ctx, key, far))
	if err != nil {
		c.list(false, key)
	}
	return joined(farErr, err)
}
