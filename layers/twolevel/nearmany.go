package twolevel

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// fillNearMany is fillNear for many keys, in one call of near. It removes the leases that it has spent from leases.
// Failed has near's errors. Any other key had no lease, had lost it, or cannot have a copy. If near panics, none of keys
// keeps its near copy or its lease.
func (c *Cache[K, V]) fillNearMany(
	ctx context.Context, keys []K, entries map[K]ctxcache.Entry[V], leases map[K]ctxcache.Lease, took time.Duration,
) (filled map[K]bool, failed map[K]error) {
	return c.fillCopies(ctx, keys, c.copiesFor(entries, took), leases)
}

// copiesFor is copyFor for many entries.
func (c *Cache[K, V]) copiesFor(entries map[K]ctxcache.Entry[V], took time.Duration) map[K]ctxcache.Entry[V] {
	copies := make(map[K]ctxcache.Entry[V], len(entries))
	for key, e := range entries {
		if e, can := c.copyFor(key, e, took); can {
			copies[key] = e
		}
	}
	return copies
}

// fillCopies is fillNearMany for copies that near can have. It removes those without a lease from copies.
func (c *Cache[K, V]) fillCopies(
	ctx context.Context, keys []K, copies map[K]ctxcache.Entry[V], leases map[K]ctxcache.Lease,
) (filled map[K]bool, failed map[K]error) {
	filled, failed = make(map[K]bool), make(map[K]error)
	maps.DeleteFunc(copies, func(key K, _ ctxcache.Entry[V]) bool { return !leases[key].Granted() })
	if len(copies) == 0 {
		return filled, failed
	}
	err := unlessItPanics(
		func() error { return c.near.FillMany(context.WithoutCancel(ctx), copies, leases) },
		func() { _ = c.emptyNearMany(ctx, keys, nil, leases) }) // the caller gets the panic
	for key := range copies {
		switch err := ctxcache.KeyError(err, key); err {
		case nil:
			filled[key] = true
			delete(leases, key)
		case ctxcache.ErrLeaseLost:
		default:
			failed[key] = err
		}
	}
	return filled, failed
}

// copyNearMany fills near with far's entries, using near's leases, and ends all of these. It returns near's errors. A fill
// that failed does not count once the near copy is gone: see emptyNear.
func (c *Cache[K, V]) copyNearMany(
	ctx context.Context, entries map[K]ctxcache.Entry[V], near map[K]ctxcache.Lease, took time.Duration,
) (failed map[K]error) {
	var overtaken []K // see (4) of grants.go
	for key := range entries {
		if !near[key].Granted() && c.standing(leases, key) != (outage{}) {
			overtaken = append(overtaken, key)
		}
	}
	_, fillFailed := c.fillNearMany(ctx, slices.Collect(maps.Keys(entries)), entries, near, took)
	empty := slices.AppendSeq(overtaken, maps.Keys(fillFailed))
	return c.emptyNearMany(ctx, empty, fillFailed, near)
}

// emptyNearMany is emptyNear for many keys, and then ends all leases. FillFailed has the errors of the fills before.
func (c *Cache[K, V]) emptyNearMany(
	ctx context.Context, keys []K, fillFailed map[K]error, leases map[K]ctxcache.Lease,
) (failed map[K]error) {
	failed = make(map[K]error)
	defer func() { addFailed(failed, slices.Collect(maps.Keys(leases)), c.endNearMany(ctx, leases)) }() // even if near panics
	if len(keys) > 0 {
		addFailed(failed, keys, c.near.DeleteMany(context.WithoutCancel(ctx), keys))
	}
	for key, err := range failed {
		failed[key] = joined(fillFailed[key], err)
	}
	return failed
}

// endUnsettled ends near's leases on unsettled keys, and removes them from leases. A reader calls it when it has the
// leases, and before it asks far: see unless.
func (c *Cache[K, V]) endUnsettled(ctx context.Context, leases map[K]ctxcache.Lease) error {
	if !c.unsettled.some.Load() {
		return nil
	}
	ended := make(map[K]ctxcache.Lease)
	for key, lease := range leases {
		if c.unsettled.has(key) {
			ended[key] = lease
			delete(leases, key)
		}
	}
	return c.endNearMany(ctx, ended)
}

// endNearMany releases near's leases that were granted, in one call, whether or not the caller has left. It empties
// leases, so that it may be called again.
func (c *Cache[K, V]) endNearMany(ctx context.Context, leases map[K]ctxcache.Lease) error {
	defer clear(leases)
	for _, lease := range leases {
		if lease.Granted() {
			return ctxcache.UnlessLost[K](c.near.ReleaseMany(context.WithoutCancel(ctx), leases))
		}
	}
	return nil
}

// settleMany is settle for a write of many entries. It ends all leases.
func (c *Cache[K, V]) settleMany(
	ctx context.Context, entries map[K]ctxcache.Entry[V], leases map[K]ctxcache.Lease, farErr error, took time.Duration,
	during outages,
) error {
	defer func() {
		for key := range entries {
			c.forgetReads(key)
		}
	}()
	keys := slices.Collect(maps.Keys(entries))
	c.unsettled.note(farErr, keys...) // before the deletion, as in settle
	written := make(map[K]ctxcache.Entry[V], len(entries))
	for key, e := range entries {
		if ctxcache.KeyError(farErr, key) == nil {
			written[key] = e
		}
	}
	copies, alone := c.copiesFor(written, took), c.aloneCopies(ctx, entries, farErr, during)
	maps.Copy(copies, alone)
	filled, fillFailed := c.fillCopies(ctx, keys, copies, leases)
	c.undoAlone(filled, alone, during)
	rest := make([]K, 0, len(entries)-len(filled))
	for key := range entries {
		if !filled[key] {
			rest = append(rest, key)
		}
	}
	return ctxcache.NewManyError(c.emptyNearMany(ctx, rest, fillFailed, leases))
}
