package twolevel

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// GetLeases is GetLease for many keys. It calls near once, and far once, for the keys that near does not have or that
// are due.
func (c *Cache[K, V]) GetLeases(
	ctx context.Context, keys []K, refreshBelow time.Duration,
) (_ map[K]ctxcache.Entry[V], _ map[K]ctxcache.Lease, err error) {
	if !c.caps.Has(ctxcache.CapLease) {
		return nil, nil, errors.ErrUnsupported
	}
	if err := c.beginMany(ctx, ctxcache.OpGetLeases, keys); err != nil {
		return nil, nil, err
	}
	found, near, nearErr := c.near.GetLeases(ctx, keys, refreshBelow)
	defer func() { err = bothFailed(keys, err, c.endNearMany(ctx, near)) }() // the leases that were not spent and not handed out
	if failedWhole[K](nearErr) {
		return nil, nil, nearErr
	}
	if found == nil {
		found = make(map[K]ctxcache.Entry[V])
	}
	rest, failed := c.missing(keys, found, nearErr, refreshBelow)
	leases := make(map[K]ctxcache.Lease)
	if len(rest) == 0 {
		return found, leases, ctxcache.NewManyError(failed)
	}
	addFailed(failed, rest, c.endUnsettled(ctx, near))
	failures := c.missed.countEach(rest)
	doubtful, unclean, cleanErr := c.cleanMany(ctx, rest)
	began := time.Now()
	fromFar, far, during, farErr := c.leasesOfFar(ctx, unlessUnclean(rest, cleanErr), refreshBelow)
	took := time.Since(began)
	farErr = bothFailed(rest, farErr, cleanErr)
	returned := false
	defer func() {
		if !returned { // near panicked: the caller does not get the leases
			_ = c.ReleaseMany(context.WithoutCancel(ctx), leases)
		}
	}()
	hidden := c.missedBy(ctx, farErr)
	copies := make(map[K]ctxcache.Entry[V])
	for _, key := range rest {
		copied, has := found[key]
		delete(found, key) // far's answer counts
		lease, due := far[key]
		switch {
		case lease.Granted():
			leases[key] = c.granted(key, near[key], lease, failures[key])
			delete(near, key)
		case ctxcache.KeyError(hidden, key) != nil:
			of := during
			if ctxcache.KeyError(cleanErr, key) != nil {
				of = unclean
			}
			leases[key] = c.local(key, near[key], renews(refreshBelow, has), c.outageOf(of, key))
			delete(near, key)
			if !has && !leases[key].Granted() {
				var err error
				copied, leases[key], err = c.leaseNearAgain(ctx, key, refreshBelow)
				has = !isAbsent(err) && !nearFailed(err)
			}
			if has {
				found[key] = copied
			}
		case doubtful[key]: // as in leaseFar
			leases[key] = ctxcache.NoLease(ctxcache.Unavailable)
		case due:
			leases[key] = lease
		}
		if doubtful[key] {
			delete(fromFar, key)
		}
		if e, has := fromFar[key]; has && !names(farErr, key) {
			found[key] = e
			if !lease.Granted() {
				copies[key] = e
			}
		}
	}
	for key, err := range c.copyNearMany(ctx, copies, near, took) {
		delete(found, key)
		failed[key] = err
	}
	err = c.mergeFar(ctx, rest, failed, farErr)
	returned = true
	return found, leases, err
}

// leasesOfFar is far's GetLeases, if there are keys.
func (c *Cache[K, V]) leasesOfFar(ctx context.Context, keys []K, refreshBelow time.Duration) (
	found map[K]ctxcache.Entry[V], leases map[K]ctxcache.Lease, during outages, err error,
) {
	if len(keys) == 0 {
		return nil, nil, nil, nil
	}
	found, leases, err = c.far.GetLeases(c.farContext(ctx), keys, refreshBelow)
	return found, leases, c.heardLeases(ctx, keys, leases, err), err
}

// FillMany is Fill for many keys. It calls far once, and near once for the fills that far accepted.
func (c *Cache[K, V]) FillMany(
	ctx context.Context, entries map[K]ctxcache.Entry[V], leases map[K]ctxcache.Lease,
) error {
	if err := c.beginLease(ctx, ctxcache.OpFillMany); err != nil {
		return err
	}
	failed := make(map[K]error)
	fills := make(map[K]ctxcache.Entry[V], len(entries))
	keys := make([]K, 0, len(entries))
	near, far := make(map[K]ctxcache.Lease, len(entries)), make(map[K]ctxcache.Lease, len(entries))
	for key, e := range entries {
		p, ok := c.pairOf(key, leases[key])
		if !ok {
			failed[key] = ctxcache.ErrLeaseLost
			continue
		}
		if err := e.Check(); err != nil {
			failed[key] = ctxcache.Fail(kind, ctxcache.OpFillMany, err)
			continue
		}
		if p.isLocal() {
			if err := c.fillLocal(ctx, key, p, e); err != nil {
				failed[key] = err
			}
			continue
		}
		fills[key], near[key], far[key] = e, p.near, p.far
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return ctxcache.NewManyError(failed)
	}
	began := time.Now()
	farErr := unlessItPanics(
		func() error { return c.dropHiddenMany(ctx, keys, far, c.far.FillMany(ctx, fills, far)) },
		func() { _ = c.settleMany(ctx, fills, near, errFarPanicked, 0, nil) })
	c.heardMany(ctx, writes, keys, farErr)
	if farErr == errors.ErrUnsupported { // before any effect
		return farErr
	}
	farErr = c.unproved(keys, leases, farErr)
	nearErr := c.settleMany(ctx, fills, near, farErr, time.Since(began), nil)
	err := bothFailed(keys, c.farMissed(ctx, farErr), nearErr)
	if len(failed) == 0 || failedWhole[K](err) { // such as a done context
		return err
	}
	addFailed(failed, keys, err)
	return ctxcache.NewManyError(failed)
}

// unproved returns far's error of a FillMany, with an ErrLeaseLost for each key if far has missed a write since the
// grant.
func (c *Cache[K, V]) unproved(keys []K, leases map[K]ctxcache.Lease, farErr error) error {
	if c.missed == nil {
		return farErr
	}
	lost := make(map[K]error)
	for _, key := range keys {
		if p, _ := c.pairOf(key, leases[key]); c.missedSince(p) && ctxcache.KeyError(farErr, key) == nil {
			lost[key] = ctxcache.ErrLeaseLost
		}
	}
	return bothFailed(keys, farErr, ctxcache.NewManyError(lost))
}

// dropHiddenMany is dropHidden for many keys. It asks no partition again that fails a Drop, because that is down.
func (c *Cache[K, V]) dropHiddenMany(ctx context.Context, keys []K, far map[K]ctxcache.Lease, farErr error) error {
	hidden := c.missedBy(ctx, farErr)
	if hidden == nil || c.opts.Strict {
		return farErr
	}
	down, failed := make(map[int]bool), make(map[K]error)
	for _, key := range keys {
		if ctxcache.KeyError(hidden, key) == nil {
			continue
		}
		number := c.far.Partition(key)
		if !down[number] {
			err := ctxcache.UnlessLost[K](c.far.Drop(ctx, key, far[key]))
			if err == nil {
				continue
			}
			down[number], failed[key] = true, err
		}
		c.list(false, key)
	}
	return bothFailed(keys, farErr, ctxcache.NewManyError(failed))
}

// ReleaseMany is Release for many keys. It calls far once and near once.
func (c *Cache[K, V]) ReleaseMany(ctx context.Context, leases map[K]ctxcache.Lease) error {
	if err := c.beginEnd(ctxcache.OpReleaseMany); err != nil {
		return err
	}
	failed := make(map[K]error)
	keys := make([]K, 0, len(leases))
	near, far := make(map[K]ctxcache.Lease), make(map[K]ctxcache.Lease, len(leases))
	for key, lease := range leases {
		if !lease.Granted() {
			continue
		}
		p, ok := c.pairOf(key, lease)
		if !ok {
			failed[key] = ctxcache.ErrLeaseLost
			continue
		}
		keys = append(keys, key)
		if !p.isLocal() {
			far[key] = p.far
		}
		if p.near.Granted() {
			near[key] = p.near
		}
	}
	farErr, nearErr := inTurn(func() error {
		if len(far) == 0 {
			return nil
		}
		err := c.far.ReleaseMany(ctx, far)
		c.heardMany(ctx, writes, slices.Collect(maps.Keys(far)), err)
		return err
	}, func() error {
		if len(near) == 0 {
			return nil
		}
		return c.near.ReleaseMany(context.WithoutCancel(ctx), near)
	})
	if c.closed.Load() {
		return nil
	}
	visible := c.farFailed(ctx, farErr)
	if failedWhole[K](visible) && ctxcache.UnlessLost[K](nearErr) == nil { // such as a done context
		return visible
	}
	for _, key := range keys {
		p, _ := c.pairOf(key, leases[key])
		nearErr := ctxcache.KeyError(nearErr, key)
		err := nearErr // of a local lease
		if !p.isLocal() {
			doubtful := ctxcache.KeyError(farErr, key) != nil || c.missedSince(p)
			err = c.released(ctxcache.KeyError(visible, key), doubtful, nearErr)
		}
		if err != nil {
			failed[key] = err
		}
	}
	return ctxcache.NewManyError(failed)
}
