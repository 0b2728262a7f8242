package twolevel

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// copyFor returns the near copy of key's far entry, and reports whether there can be one. Took is how long the call
// of far took. It is taken off the life of the copy, so that the copy does not outlive the entry in far.
func (c *Cache[K, V]) copyFor(key K, e ctxcache.Entry[V], took time.Duration) (ctxcache.Entry[V], bool) {
	if c.unsettled.has(key) {
		return e, false
	}
	for _, limit := range []time.Duration{c.opts.NearTTL, e.NearTTL, c.unfollowedTTL(key)} {
		if limit > 0 && (e.CopyTTL == 0 || limit < e.CopyTTL) {
			e.CopyTTL = limit
		}
	}
	return c.limited(e, took)
}

// unfollowedTTL returns the longest life of a copy of far's entry that no event may reach, because near does not follow now.
// 0 means that the copy may live as long as the entry. A listed key has the same limit: near may be read for it while it does not follow, see
// worksAlone. Near is read then only if it works alone, or for MaxStale. Far may have answered a write while
// it fails to read, and near that works alone would keep the copy of that write for as long as the stream is cut.
func (c *Cache[K, V]) unfollowedTTL(key K) time.Duration {
	if c.prober == nil || c.follower.view.follows() && !c.missed.look(key).listed() {
		return 0
	}
	return c.opts.outageTTL()
}

// limited returns the near copy of e, which has the life of the copy. It takes took off that life, and off the value's.
func (c *Cache[K, V]) limited(e ctxcache.Entry[V], took time.Duration) (ctxcache.Entry[V], bool) {
	if e.Absent && !c.near.Supports().Has(ctxcache.CapNegative) {
		return e, false
	}
	if e.CopyTTL > 0 {
		if e.CopyTTL -= took; e.CopyTTL <= 0 {
			return e, false
		}
	}
	switch e.TTL {
	case 0: // far's default TTL, which near does not know
		return e, false
	case ctxcache.Unknown:
		if e.CopyTTL == 0 {
			return e, false
		}
		e.TTL = e.CopyTTL
	case ctxcache.NoExpiry:
	default:
		if e.TTL -= took; e.TTL <= 0 {
			return e, false
		}
	}
	e.SetStaleWindow(e.StaleWindow()) // the TTL has become shorter
	return e, true
}

// fillNear fills near with a far entry, using lease. It reports whether near took it; the lease has then ended. Took is
// how long the call of far took. If near panics, as a Cost function may, neither the near copy nor the lease stays.
func (c *Cache[K, V]) fillNear(
	ctx context.Context, key K, lease ctxcache.Lease, e ctxcache.Entry[V], took time.Duration,
) (filled bool, err error) {
	if !lease.Granted() {
		return false, nil
	}
	e, can := c.copyFor(key, e, took)
	if !can {
		return false, nil
	}
	err = unlessItPanics(
		func() error { return c.near.Fill(context.WithoutCancel(ctx), key, lease, e) },
		func() { _ = c.forsakeNear(ctx, key, lease, nil) }) // the caller gets the panic
	return err == nil, ctxcache.UnlessLost[K](err)
}

// copyNear is fillNear for a copy of an entry that far has. If near fails to take it, copyNear deletes the near copy. So it
// does if a local lease may stand: see (4) of grants.go.
func (c *Cache[K, V]) copyNear(
	ctx context.Context, key K, lease ctxcache.Lease, e ctxcache.Entry[V], took time.Duration,
) (filled bool, err error) {
	filled, err = c.fillNear(ctx, key, lease, e, took)
	if err != nil || !lease.Granted() && c.standing(leases, key) != (outage{}) {
		err = c.emptyNear(ctx, key, err)
	}
	return filled, err
}

// emptyNear deletes the near copy, whether or not the caller has left. FillErr is the error of the fill before, or nil.
// Once the copy is gone, fillErr does not count: near may be too small for the value, and far's value is the answer.
func (c *Cache[K, V]) emptyNear(ctx context.Context, key K, fillErr error) error {
	if err := c.near.Delete(context.WithoutCancel(ctx), key); err != nil {
		return joined(fillErr, err)
	}
	return nil
}

// forsakeNear is emptyNear, and then ends near's lease, even if the deletion panics.
func (c *Cache[K, V]) forsakeNear(ctx context.Context, key K, lease ctxcache.Lease, fillErr error) (err error) {
	defer func() { err = joined(err, c.endNear(ctx, key, lease)) }()
	return c.emptyNear(ctx, key, fillErr)
}

// endNear releases near's lease if it was granted, whether or not the caller has left.
func (c *Cache[K, V]) endNear(ctx context.Context, key K, lease ctxcache.Lease) error {
	if !lease.Granted() {
		return nil
	}
	return ctxcache.UnlessLost[K](c.near.Release(context.WithoutCancel(ctx), key, lease))
}

// forgetReads makes sure that no read gets the answer of one that began before a write of the key.
func (c *Cache[K, V]) forgetReads(key K) {
	c.failedReads.take(key)
	c.reads.Forget(key)
}

// settle does near's part of a write, after far was asked to write e and returned farErr. It fills near with e, using
// lease, or deletes the near copy. It does so even if the caller has left, and even if far failed: a write that failed
// or was cancelled may have happened. If far has missed the write, and the outage still stands, near works alone: it gets
// e. Settle returns near's error.
func (c *Cache[K, V]) settle(
	ctx context.Context, key K, lease ctxcache.Lease, e ctxcache.Entry[V], farErr error, took time.Duration, during outage,
) error {
	defer c.forgetReads(key)
	c.unsettled.note(farErr, key) // before the deletion, which ends the leases of readers that have not seen this
	var filled bool
	var fillErr error
	if farErr == nil {
		filled, fillErr = c.fillNear(ctx, key, lease, e, took)
	} else {
		filled, fillErr = c.fillAlone(ctx, key, lease, e, during)
	}
	if filled {
		return nil
	}
	return c.forsakeNear(ctx, key, lease, fillErr)
}
