package twolevel

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/own"
)

// nearAgain asks near once more for the copy of key, after far has failed. Near may have had no say before: a
// coherent near that does not follow far is not read until an outage stands. It returns ErrMiss if near has no copy.
func (c *Cache[K, V]) nearAgain(ctx context.Context, key K) (e ctxcache.Entry[V], err error) {
	if e, err = c.near.GetEntry(ctx, key); isAbsent(err) {
		return e, ctxcache.ErrMiss
	}
	return c.reported(e), err
}

// unasked reports whether near, which answered a reader with this lease, may have had no say. If it had, and were asked
// again, it would count another miss.
func (c *Cache[K, V]) unasked(lease ctxcache.Lease) bool {
	return c.follower != nil && lease == ctxcache.NoLease(ctxcache.Unavailable)
}

// leaseNearAgain is nearAgain for a load, which gets a local lease if the copy is due. The source has not been asked, so
// near's lease is as good as an earlier one.
func (c *Cache[K, V]) leaseNearAgain(
	ctx context.Context, key K, refreshBelow time.Duration,
) (e ctxcache.Entry[V], lease ctxcache.Lease, err error) {
	unavailable, during := ctxcache.NoLease(ctxcache.Unavailable), c.anyStanding(key)
	if c.follower == nil || during == (outage{}) {
		return e, unavailable, ctxcache.ErrMiss
	}
	e, near, err := c.near.GetLease(ctx, key, refreshBelow)
	lease = c.local(key, near, renews(refreshBelow, !isAbsent(err)), during)
	if isAbsent(err) {
		return e, lease, ctxcache.ErrMiss
	}
	return c.reported(e), lease, err
}

// local returns a lease that is near's alone, for a load while far is down. If near has not granted its lease, another
// load of this process is under way. Then there is no lease.
func (c *Cache[K, V]) local(key K, near ctxcache.Lease, renews bool, during outage) ctxcache.Lease {
	if !near.Granted() {
		return ctxcache.NoLease(ctxcache.Unavailable)
	}
	return ctxcache.NewLocalLease(pair[K]{cache: c.identity, key: own.Copy(key), near: near, during: during, renews: renews})
}

// renews reports whether a load replaces a value: one that near has, or any, whatever its age. Other loads do not list
// their keys: reads alone would fill the list during an outage.
func renews(refreshBelow time.Duration, has bool) bool {
	return has || refreshBelow == ctxcache.NoExpiry
}

// isLocal reports whether p is near's lease alone.
func (p *pair[K]) isLocal() bool { return p.during != outage{} }

// fillLocal is Fill with a local lease. It returns ErrLeaseLost if the key was changed here since the grant, or the
// outage has ended.
func (c *Cache[K, V]) fillLocal(ctx context.Context, key K, p pair[K], e ctxcache.Entry[V]) error {
	defer c.reads.Forget(key)
	c.listRenewed(p)
	filled, err := c.fillAlone(ctx, key, p.near, e, p.during)
	if filled {
		return nil
	}
	if err != nil {
		return c.forsakeNear(ctx, key, p.near, err)
	}
	if _, can := c.aloneCopy(e); !can { // near's lease says whether the key was changed
		return c.near.Drop(context.WithoutCancel(ctx), key, p.near)
	}
	return joined(ctxcache.ErrLeaseLost, c.endNear(ctx, key, p.near))
}

// listRenewed lists the key of a load that replaces or removes a value. Far may have the older one, and must not give it
// back after the outage.
func (c *Cache[K, V]) listRenewed(p pair[K]) {
	if p.renews && !c.closed.Load() {
		c.list(false, p.key)
	}
}

// releaseLocal is Release of a local lease.
func (c *Cache[K, V]) releaseLocal(ctx context.Context, p pair[K]) error {
	err := c.near.Release(context.WithoutCancel(ctx), p.key, p.near)
	if c.closed.Load() {
		return nil
	}
	return err
}

// dropLocal is Drop of a local lease.
func (c *Cache[K, V]) dropLocal(ctx context.Context, p pair[K]) error {
	defer c.reads.Forget(p.key)
	p.renews = true
	c.listRenewed(p)
	err := c.near.Drop(context.WithoutCancel(ctx), p.key, p.near)
	if c.closed.Load() {
		return nil
	}
	return err
}
