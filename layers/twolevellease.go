package layers

import (
	"context"
	"errors"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// GetLease takes near's lease before far is asked, and then far's. A near copy that is not due answers without
// far. Where near's lease is another's, as while a far read is under way, far's alone is enough: near is then
// not filled but deleted.
func (t *twoLevel[K, V]) GetLease(
	ctx context.Context, key K, refreshBelow time.Duration,
) (_ ctxcache.Entry[V], _ ctxcache.Lease[V], err error) {
	if !t.ops.Has(ctxcache.OpLease) {
		return ctxcache.Entry[V]{}, nil, errors.ErrUnsupported
	}
	if err := t.begin(ctx, "lease"); err != nil {
		return ctxcache.Entry[V]{}, nil, err
	}
	copied, near, nearErr := ctxcache.GetLease(ctx, t.near, key, refreshBelow)
	if nearFailed(nearErr) {
		return copied, near, nearErr
	}
	copied = t.told(copied)
	kept := near // whose release is ours, until it is handed out
	defer func() {
		if kept != nil {
			err = joined(err, kept.Release(context.WithoutCancel(ctx)))
		}
	}()
	if !isAbsent(nearErr) && !ctxcache.Due(copied.TTL, refreshBelow) {
		return copied, nil, nearErr
	}
	began := time.Now()
	e, far, err := ctxcache.GetLease(ctx, t.far, key, refreshBelow)
	took := time.Since(began)
	if far != nil { // with ErrMiss, ErrNotFound, ErrCorrupt, or what is due
		kept = nil
		return e, &twoLevelLease[K, V]{cache: t, key: key, near: near, far: far}, err
	}
	if err == nil || err == ctxcache.ErrNotFound {
		if _, fillErr := t.fillNear(ctx, near, e, took); fillErr != nil {
			return ctxcache.Entry[V]{}, nil, fillErr
		}
		return e, nil, err
	}
	if err != ctxcache.ErrMiss {
		if err = t.farFailed(ctx, err); err == nil {
			err = ctxcache.ErrMiss
		}
	}
	return ctxcache.Entry[V]{}, nil, err
}

// GetLeases is GetLease for many keys: one call of near, and one of far for the keys that near does not have.
func (t *twoLevel[K, V]) GetLeases(
	ctx context.Context, keys []K, refreshBelow time.Duration,
) (_ map[K]ctxcache.Entry[V], _ map[K]ctxcache.Lease[V], err error) {
	if !t.ops.Has(ctxcache.OpLease) {
		return nil, nil, errors.ErrUnsupported
	}
	if err := t.beginMany(ctx, "lease", keys); err != nil {
		return nil, nil, err
	}
	found, near, nearErr := ctxcache.GetLeases(ctx, t.near, keys, refreshBelow)
	if found == nil && nearErr != nil {
		return nil, nil, nearErr
	}
	defer func() { err = joinedMany[K](err, release(ctx, near)) }() // those not handed out
	rest, failed := t.missing(keys, found, nearErr, refreshBelow)
	leases := make(map[K]ctxcache.Lease[V])
	if len(rest) == 0 {
		return found, leases, ctxcache.NewManyError(failed)
	}
	began := time.Now()
	fromFar, far, farErr := ctxcache.GetLeases(ctx, t.far, rest, refreshBelow)
	took := time.Since(began)
	for _, key := range rest {
		delete(found, key) // far's word counts
		e, has := fromFar[key]
		if has {
			found[key] = e
		}
		if lease := far[key]; lease != nil {
			leases[key] = &twoLevelLease[K, V]{cache: t, key: key, near: near[key], far: lease}
			delete(near, key)
		} else if has {
			if _, fillErr := t.fillNear(ctx, near[key], e, took); fillErr != nil {
				failed[key] = fillErr
			}
		}
	}
	return found, leases, t.mergeFar(ctx, rest, failed, farErr)
}

// twoLevelLease is the right to fill both levels. near is nil where near's lease was another's.
type twoLevelLease[K comparable, V any] struct {
	cache     *twoLevel[K, V]
	key       K
	near, far ctxcache.Lease[V]
}

// Fill fills far, and then near if far took it; or else deletes what near has.
func (l *twoLevelLease[K, V]) Fill(ctx context.Context, e ctxcache.Entry[V]) error {
	if err := l.cache.begin(ctx, "fill"); err != nil {
		return err
	}
	if err := e.Check(); err != nil {
		return ctxcache.Fail("two-level", "fill", err)
	}
	began := time.Now()
	err := l.far.Fill(ctx, e)
	if err == errors.ErrUnsupported { // before any effect
		return err
	}
	nearErr := l.cache.settle(ctx, l.key, l.near, e, err, time.Since(began))
	return joined(l.cache.farFailed(ctx, err), nearErr)
}

// Release releases both.
func (l *twoLevelLease[K, V]) Release(ctx context.Context) error {
	farErr := l.cache.farFailed(ctx, l.far.Release(ctx))
	if l.near == nil {
		return farErr
	}
	return joined(farErr, l.near.Release(context.WithoutCancel(ctx)))
}
