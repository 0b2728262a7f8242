package layers

import (
	"context"
	"errors"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Set writes far, then near.
func (t *twoLevel[K, V]) Set(ctx context.Context, key K, value V, ttl time.Duration) error {
	return t.write(ctx, key, ctxcache.Entry[V]{Value: value, TTL: ttl}, func() error {
		return t.far.Set(ctx, key, value, ttl)
	})
}

// SetEntry writes far, then near.
func (t *twoLevel[K, V]) SetEntry(ctx context.Context, key K, e ctxcache.Entry[V]) error {
	return t.write(ctx, key, e, func() error { return ctxcache.SetEntry(ctx, t.far, key, e) })
}

// write takes near's lease, whatever is there, writes far, and then fills near by the lease, or deletes what
// near has. Of all interleavings of two writers and a reader none leaves near and far apart.
func (t *twoLevel[K, V]) write(ctx context.Context, key K, e ctxcache.Entry[V], far func() error) (err error) {
	if err := t.begin(ctx, "set"); err != nil {
		return err
	}
	if err := e.Check(); err != nil {
		return ctxcache.Fail("two-level", "set", err)
	}
	var lease ctxcache.Lease[V]
	if t.nearOps.Has(ctxcache.OpLease) {
		if _, lease, err = ctxcache.GetLease(ctx, t.near, key, ctxcache.NoExpiry); lease == nil && nearFailed(err) {
			return err
		}
	}
	began := time.Now()
	farErr := unlessItPanics(far, func() { _ = t.settle(ctx, key, lease, e, errFarPanicked, 0) })
	nearErr := t.settle(ctx, key, lease, e, farErr, time.Since(began))
	return joined(t.farFailed(ctx, farErr), nearErr)
}

// unlessItPanics returns what far returns. If far panics, as an encoder of values may, it calls settle on the way.
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

// errFarPanicked is told to nobody: the panic is.
var errFarPanicked = errors.New("two-level: far panicked")

// nearFailed reports whether near's answer to GetLease is none of those that a lookup can have.
func nearFailed(err error) bool {
	return err != nil && err != ctxcache.ErrNotFound && !isAbsent(err)
}

// settle ends in near a write of e to far, which answered farErr: near is filled by lease, or its copy deleted.
// It is done even if the caller has left, and whatever far answered: a write that failed, or was given up, may
// have happened. The error is near's.
func (t *twoLevel[K, V]) settle(
	ctx context.Context, key K, lease ctxcache.Lease[V], e ctxcache.Entry[V], farErr error, took time.Duration,
) error {
	defer t.reads.Forget(key)
	ctx = context.WithoutCancel(ctx)
	var filled bool
	var err error
	if farErr == nil {
		filled, err = t.fillNear(ctx, lease, e, took)
	}
	if !filled {
		err = joined(err, t.near.Delete(ctx, key))
	}
	if lease != nil {
		err = joined(err, lease.Release(ctx))
	}
	return err
}

// Delete deletes in far, then in near: the other way round, a reader in between would copy from far what is
// about to go.
func (t *twoLevel[K, V]) Delete(ctx context.Context, key K) error {
	if err := t.begin(ctx, "delete"); err != nil {
		return err
	}
	err := t.far.Delete(ctx, key)
	return t.deleteNear(ctx, key, err)
}

// Remove is Delete, and tells what far had.
func (t *twoLevel[K, V]) Remove(ctx context.Context, key K) (was bool, err error) {
	if !t.farOps.Has(ctxcache.OpRemove) {
		return ctxcache.Remove(ctx, t.far, key) // unsupported
	}
	if err := t.begin(ctx, "remove"); err != nil {
		return false, err
	}
	was, err = ctxcache.Remove(ctx, t.far, key)
	return was, t.deleteNear(ctx, key, err)
}

// deleteNear ends a deletion in far, which answered farErr.
func (t *twoLevel[K, V]) deleteNear(ctx context.Context, key K, farErr error) error {
	defer t.reads.Forget(key)
	nearErr := t.near.Delete(context.WithoutCancel(ctx), key)
	return joined(t.farFailed(ctx, farErr), nearErr)
}
