package layers

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// GetEntries asks near for all keys, and far, in one call, for those that near does not have.
func (t *twoLevel[K, V]) GetEntries(ctx context.Context, keys []K) (_ map[K]ctxcache.Entry[V], err error) {
	if err := t.beginMany(ctx, "get", keys); err != nil {
		return nil, err
	}
	found, nearErr := ctxcache.GetEntries(ctx, t.near, keys)
	if found == nil && nearErr != nil {
		return nil, nearErr
	}
	rest, failed := t.missing(keys, found, nearErr, 0)
	var leases map[K]ctxcache.Lease[V]
	if len(rest) > 0 && t.nearOps.Has(ctxcache.OpLease) {
		var filled map[K]ctxcache.Entry[V] // meanwhile
		filled, leases, nearErr = ctxcache.GetLeases(ctx, t.near, rest, 0)
		if filled == nil && nearErr != nil {
			return nil, nearErr
		}
		defer func() { err = joinedMany[K](err, release(ctx, leases)) }()
		var failedNow map[K]error
		rest, failedNow = t.missing(rest, filled, nearErr, 0)
		maps.Copy(found, filled)
		maps.Copy(failed, failedNow)
	}
	if len(rest) == 0 {
		return found, ctxcache.NewManyError(failed)
	}
	began := time.Now()
	fromFar, farErr := ctxcache.GetEntries(ctx, t.far, rest)
	took := time.Since(began)
	for key, e := range fromFar {
		if _, fillErr := t.fillNear(ctx, leases[key], e, took); fillErr != nil {
			failed[key] = fillErr
			continue
		}
		found[key] = e
	}
	return found, t.mergeFar(ctx, rest, failed, farErr)
}

// missing returns the keys that far has to be asked for, each once, and those that failed in near. What was
// found is told as told does.
func (t *twoLevel[K, V]) missing(
	keys []K, found map[K]ctxcache.Entry[V], nearErr error, refreshBelow time.Duration,
) (rest []K, failed map[K]error) {
	failed = make(map[K]error)
	seen := make(map[K]bool, len(keys))
	for _, key := range keys {
		if seen[key] {
			continue
		}
		seen[key] = true
		if err := ctxcache.KeyError(nearErr, key); err != nil && !isAbsent(err) {
			failed[key] = err
			continue
		}
		e, has := found[key]
		if has {
			e = t.told(e)
			found[key] = e
		}
		if !has || ctxcache.Due(e.TTL, refreshBelow) {
			rest = append(rest, key)
		}
	}
	return rest, failed
}

// mergeFar adds what far says of keys to what has failed already.
func (t *twoLevel[K, V]) mergeFar(ctx context.Context, keys []K, failed map[K]error, farErr error) error {
	if farErr = t.farFailed(ctx, farErr); farErr == nil {
		return ctxcache.NewManyError(failed)
	}
	if len(failed) == 0 {
		return farErr
	}
	for _, key := range keys {
		if err := ctxcache.KeyError(farErr, key); err != nil {
			failed[key] = joined(failed[key], err)
		}
	}
	return ctxcache.NewManyError(failed)
}

// joinedMany is joined for the errors of calls for many: what they say of keys becomes one ManyError.
func joinedMany[K comparable](err error, also error) error {
	many, ok := errors.AsType[*ctxcache.ManyError[K]](err)
	others, alsoOK := errors.AsType[*ctxcache.ManyError[K]](also)
	if !ok || !alsoOK {
		return joined(err, also)
	}
	failed := maps.Clone(many.Failed)
	for key, err := range others.Failed {
		failed[key] = joined(failed[key], err)
	}
	return ctxcache.NewManyError(failed)
}

// release gives back what is left of leases, whether or not the caller has left.
func release[K comparable, V any](ctx context.Context, leases map[K]ctxcache.Lease[V]) error {
	failed := make(map[K]error)
	for key, lease := range leases {
		if err := lease.Release(context.WithoutCancel(ctx)); err != nil {
			failed[key] = err
		}
	}
	return ctxcache.NewManyError(failed)
}

// SetEntries writes far, in one call, and then near, as write does.
func (t *twoLevel[K, V]) SetEntries(ctx context.Context, entries map[K]ctxcache.Entry[V]) error {
	if err := t.begin(ctx, "set"); err != nil {
		return err
	}
	if len(entries) == 0 {
		return nil
	}
	var leases map[K]ctxcache.Lease[V]
	if t.nearOps.Has(ctxcache.OpLease) {
		keys := make([]K, 0, len(entries))
		for key := range entries {
			keys = append(keys, key)
		}
		// What near refuses, or fails at, is a key without a lease: it is deleted from near when far has it.
		_, leases, _ = ctxcache.GetLeases(ctx, t.near, keys, ctxcache.NoExpiry)
	}
	began := time.Now()
	farErr := unlessItPanics(func() error { return ctxcache.SetEntries(ctx, t.far, entries) }, func() {
		for key, e := range entries {
			_ = t.settle(ctx, key, leases[key], e, errFarPanicked, 0)
		}
	})
	took := time.Since(began)
	if farErr == errors.ErrUnsupported { // before any effect
		return joined(farErr, release(ctx, leases))
	}
	failed := make(map[K]error)
	told := t.farFailed(ctx, farErr)
	for key, e := range entries {
		nearErr := t.settle(ctx, key, leases[key], e, ctxcache.KeyError(farErr, key), took)
		if err := joined(ctxcache.KeyError(told, key), nearErr); err != nil {
			failed[key] = err
		}
	}
	return ctxcache.NewManyError(failed)
}

// DeleteMany deletes in far, in one call, then in near.
func (t *twoLevel[K, V]) DeleteMany(ctx context.Context, keys []K) error {
	if err := t.beginMany(ctx, "delete", keys); err != nil {
		return err
	}
	farErr := t.farFailed(ctx, ctxcache.DeleteMany(ctx, t.far, keys))
	nearErr := ctxcache.DeleteMany(context.WithoutCancel(ctx), t.near, keys)
	for _, key := range keys {
		t.reads.Forget(key)
	}
	if farErr == nil || nearErr == nil {
		return joined(farErr, nearErr)
	}
	failed := make(map[K]error)
	for _, key := range keys {
		if err := joined(ctxcache.KeyError(farErr, key), ctxcache.KeyError(nearErr, key)); err != nil {
			failed[key] = err
		}
	}
	return ctxcache.NewManyError(failed)
}
