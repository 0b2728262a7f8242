package twolevel

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// The choices of this file and of aloneload.go. While far is down, near works alone. A copy enters near by near's lease,
// as it always does, so that this process reads its own writes. But other processes do not see it, and their writes do
// not end that lease. So:
//
//  (1) The copy lives for OutageTTL at most.
//  (2) It enters near only while the outage stands that the fill belongs to. A fill of an older outage is as old as that
//      outage, and far's server has answered since. If far has several, the answers of another one prove nothing.
//  (3) The fill looks at the outage once more when it has filled near. If the outage has ended in between, the copy goes.
//  (4) A load that has far's lease does not fill near alone if far fails at its end. Its load began before the outage.

// aloneCopy returns the copy of e that near gets while far is down, and reports whether there can be one.
func (c *Cache[K, V]) aloneCopy(e ctxcache.Entry[V]) (ctxcache.Entry[V], bool) {
	life := c.opts.outageTTL()
	for _, limit := range []time.Duration{e.NearTTL, e.CopyTTL} {
		if limit > 0 {
			life = min(life, limit)
		}
	}
	e.CopyTTL = life // (1)
	if e.TTL == 0 {  // far's default, which near does not know
		e.TTL = ctxcache.Unknown
	}
	return c.limited(e, 0)
}

// fillAlone fills near with e, using lease, if the outage stands. It reports whether near took it; the lease has then
// ended. If near panics, neither the near copy nor the lease stays.
func (c *Cache[K, V]) fillAlone(
	ctx context.Context, key K, lease ctxcache.Lease, e ctxcache.Entry[V], during outage,
) (filled bool, err error) {
	if !lease.Granted() || !during.stands() { // (2)
		return false, nil
	}
	e, can := c.aloneCopy(e)
	if !can {
		return false, nil
	}
	err = unlessItPanics(
		func() error { return c.near.Fill(context.WithoutCancel(ctx), key, lease, e) },
		func() { _ = c.forsakeNear(ctx, key, lease, nil) }) // the caller gets the panic
	if err == nil && !during.stands() { // (3)
		return false, c.emptyNear(ctx, key, nil)
	}
	return err == nil, ctxcache.UnlessLost[K](err)
}

// aloneCopies returns the copies of those entries that far has missed, if their outages stand.
func (c *Cache[K, V]) aloneCopies(
	ctx context.Context, entries map[K]ctxcache.Entry[V], farErr error, during outages,
) map[K]ctxcache.Entry[V] {
	if len(during) == 0 {
		return nil
	}
	lost := c.missedBy(ctx, farErr)
	copies := make(map[K]ctxcache.Entry[V])
	for key, e := range entries {
		if ctxcache.KeyError(lost, key) == nil || !c.outageOf(during, key).stands() { // (2)
			continue
		}
		if e, can := c.aloneCopy(e); can {
			copies[key] = e
		}
	}
	return copies
}

// undoAlone removes those copies from filled whose outages have ended, so that the caller deletes them (3).
func (c *Cache[K, V]) undoAlone(filled map[K]bool, copies map[K]ctxcache.Entry[V], during outages) {
	for key := range copies {
		if !c.outageOf(during, key).stands() {
			delete(filled, key)
		}
	}
}
