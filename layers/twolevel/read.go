package twolevel

import (
	"context"
	"errors"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/own"
)

// Get asks near, then far.
func (c *Cache[K, V]) Get(ctx context.Context, key K) (value V, err error) {
	if c.closed.Load() {
		return value, c.begin(ctx, ctxcache.OpGet)
	}
	value, err = c.near.Get(ctx, key)
	if err == nil || !isAbsent(err) {
		return value, err
	}
	e, err := c.getFar(ctx, ctxcache.OpGet, key)
	return e.Value, err
}

// GetNear asks near alone. It returns ErrMiss, bare, if near does not have the key, although far may have it. It is
// for callers that load a value that neither level has. Such a caller calls GetLease next, which returns far's value
// or grants the lease in one call of far. With Get, it would ask far twice. See also AfterNear.
func (c *Cache[K, V]) GetNear(ctx context.Context, key K) (value V, err error) {
	if c.closed.Load() {
		return value, c.begin(ctx, ctxcache.OpGet)
	}
	value, err = c.near.Get(ctx, key)
	if err == nil || !isAbsent(err) {
		return value, err
	}
	var none V
	if err := c.beginKey(ctx, ctxcache.OpGet, key); err != nil {
		return none, err
	}
	return none, ctxcache.ErrMiss
}

// GetNearEntry is GetNear with the Meta of the value. The TTL is the value's remaining TTL, not the near copy's.
func (c *Cache[K, V]) GetNearEntry(ctx context.Context, key K) (e ctxcache.Entry[V], err error) {
	if c.closed.Load() {
		return e, c.begin(ctx, ctxcache.OpGetEntry)
	}
	e, err = c.near.GetEntry(ctx, key)
	if err == nil || !isAbsent(err) {
		return c.reported(e), err
	}
	if err := c.beginKey(ctx, ctxcache.OpGetEntry, key); err != nil {
		return ctxcache.Entry[V]{}, err
	}
	return ctxcache.Entry[V]{}, ctxcache.ErrMiss
}

// GetEntry asks near, then far. The TTL is the value's remaining TTL, not the near copy's.
func (c *Cache[K, V]) GetEntry(ctx context.Context, key K) (e ctxcache.Entry[V], err error) {
	if c.closed.Load() {
		return e, c.begin(ctx, ctxcache.OpGetEntry)
	}
	e, err = c.near.GetEntry(ctx, key)
	if err == nil || !isAbsent(err) {
		return c.reported(e), err
	}
	return c.getFar(ctx, ctxcache.OpGetEntry, key)
}

// Contains asks near, then far.
func (c *Cache[K, V]) Contains(ctx context.Context, key K) (bool, error) {
	if c.closed.Load() {
		return false, c.begin(ctx, ctxcache.OpContains)
	}
	unasked := c.follower != nil && !c.follower.view.current() && !c.worksAlone(key)
	if has, err := c.near.Contains(ctx, key); has || err != nil && !isAbsent(err) {
		return has, err
	}
	if err := c.beginKey(ctx, ctxcache.OpContains, key); err != nil {
		return false, err
	}
	has := false
	believe, _, err := c.clean(ctx, key)
	if err == nil && believe {
		has, err = c.far.Contains(ctx, key)
		c.heard(ctx, reads, key, err)
	}
	visible := c.farFailed(ctx, err)
	if err == nil || visible != nil || !unasked {
		return has, visible
	}
	if has, err = c.near.Contains(ctx, key); isAbsent(err) { // as nearAgain
		return false, nil
	}
	return has, err
}

// isAbsent reports whether near's answer means that far must be asked. A corrupt near copy counts as absent.
func isAbsent(err error) bool {
	return err == ctxcache.ErrMiss || err != nil && errors.Is(err, ctxcache.ErrCorrupt)
}

// reported returns a near entry as callers see it. It leaves out the life of the near copy, because copies elsewhere
// need not be as short-lived. How long far wants copies to live is not known in near. If far does not report TTLs,
// the TTL is Unknown.
func (c *Cache[K, V]) reported(e ctxcache.Entry[V]) ctxcache.Entry[V] {
	e.CopyTTL = 0
	if !c.far.Supports().Has(ctxcache.CapEntry) {
		e.TTL, e.StaleFor, e.StaleAge = ctxcache.Unknown, 0, 0
	}
	return e
}

// getFar reads a key that near does not have from far, in one flight for all callers that ask meanwhile. If one of
// the levels copies values, each caller gets a copy. That includes the first caller: it may modify its value while
// others still copy theirs.
func (c *Cache[K, V]) getFar(ctx context.Context, op ctxcache.Operation, key K) (ctxcache.Entry[V], error) {
	if err := c.beginKey(ctx, op, key); err != nil {
		return ctxcache.Entry[V]{}, err
	}
	if !c.caps.Has(ctxcache.CapLease) && c.standing(reads, key) != (outage{}) && c.failedReads.take(key) {
		// A load without leases begins with another read.
		return ctxcache.Entry[V]{}, ctxcache.ErrMiss
	}
	key = own.Copy(key) // the read may outlive its caller, who may use the buffer again that the key is a view of
	e, _, err := c.reads.Do(ctx, key, func(ctx context.Context) (ctxcache.Entry[V], error) {
		return c.readFar(ctx, key)
	})
	if err == nil && c.clone != nil {
		e.Value = c.clone(e.Value)
	}
	return e, err
}

// readFar takes near's lease, and reads far unless near was filled meanwhile.
func (c *Cache[K, V]) readFar(ctx context.Context, key K) (e ctxcache.Entry[V], err error) {
	var lease ctxcache.Lease
	if c.near.Supports().Has(ctxcache.CapLease) {
		e, lease, err = c.near.GetLease(ctx, key, 0)
		if err == nil || !isAbsent(err) { // near was filled meanwhile, or failed
			return c.reported(e), joined(err, c.endNear(ctx, key, lease))
		}
	}
	e, farErr, nearErr := c.copyFar(ctx, key, lease)
	if farErr != nil && farErr != ctxcache.ErrNotFound {
		if farErr = c.farFailed(ctx, farErr); farErr == nil {
			c.failedReads.note(key)
			farErr = ctxcache.ErrMiss
			if c.unasked(lease) {
				e, farErr = c.nearAgain(ctx, key)
			}
		}
	}
	if nearErr != nil {
		return ctxcache.Entry[V]{}, joined(farErr, nearErr)
	}
	return e, farErr
}

// copyFar reads far, fills near and ends near's lease. It returns the errors of both levels.
func (c *Cache[K, V]) copyFar(
	ctx context.Context, key K, lease ctxcache.Lease,
) (e ctxcache.Entry[V], farErr, nearErr error) {
	defer func() { nearErr = joined(nearErr, c.endNear(ctx, key, lease)) }()
	into := c.unsettled.unless(key, lease)
	believe, _, farErr := c.clean(ctx, key)
	switch {
	case farErr != nil:
		return e, farErr, nil
	case !believe:
		return e, ctxcache.ErrMiss, nil
	}
	began := time.Now()
	e, farErr = c.far.GetEntry(ctx, key)
	c.heard(ctx, reads, key, farErr)
	if farErr != nil && farErr != ctxcache.ErrNotFound {
		return ctxcache.Entry[V]{}, farErr, nil
	}
	filled, nearErr := c.copyNear(ctx, key, into, e, time.Since(began))
	if filled {
		lease = ctxcache.Lease{}
	}
	return e, farErr, nearErr
}
