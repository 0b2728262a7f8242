package ctxcache

import (
	"context"
	"time"
)

// GetLease passes the call to the inner cache, and reports it to the observer.
func (o *Observed[K, V, S]) GetLease(ctx context.Context, key K, refreshBelow time.Duration) (e Entry[V], lease Lease, err error) {
	stands := false
	defer func() {
		if !stands && lease.Granted() { // nobody gets it: the interceptor has answered instead, or has panicked
			err = withReleased[K](err, o.inner.Release(context.WithoutCancel(ctx), key, lease))
			lease = Lease{}
		}
	}()
	e, stands, err = observe(ctx, o, Call[K]{Op: OpGetLease, Key: key}, func(ctx context.Context) (e Entry[V], out Outcome) {
		e, lease, out.Err = o.inner.GetLease(ctx, key, refreshBelow)
		if lease.Granted() {
			out.Granted = 1
		}
		return e, out
	})
	return e, lease, err
}

// GetLeases passes the call to the inner cache, and reports it to the observer.
func (o *Observed[K, V, S]) GetLeases(
	ctx context.Context, keys []K, refreshBelow time.Duration,
) (found map[K]Entry[V], leases map[K]Lease, err error) {
	stands := false
	defer func() {
		if !stands && len(leases) > 0 { // nobody gets them, see GetLease
			err = withReleased[K](err, o.inner.ReleaseMany(context.WithoutCancel(ctx), leases))
			leases = nil
		}
	}()
	found, stands, err = observe(ctx, o, Call[K]{Op: OpGetLeases, list: keys}, func(ctx context.Context) (map[K]Entry[V], Outcome) {
		found, granted, err := o.inner.GetLeases(ctx, keys, refreshBelow)
		leases = granted
		out := outcomeOf(found, err)
		for _, lease := range granted {
			if lease.Granted() {
				out.Granted++
			}
		}
		return found, out
	})
	return found, leases, err
}

// Fill passes the call to the inner cache, and reports it to the observer.
func (o *Observed[K, V, S]) Fill(ctx context.Context, key K, lease Lease, e Entry[V]) error {
	return observeError(ctx, o, Call[K]{Op: OpFill, Key: key, TTL: e.TTL}, func(ctx context.Context) error {
		return o.inner.Fill(ctx, key, lease, e)
	})
}

// FillMany passes the call to the inner cache, and reports it to the observer.
func (o *Observed[K, V, S]) FillMany(ctx context.Context, entries map[K]Entry[V], leases map[K]Lease) error {
	return observeError(ctx, o, Call[K]{Op: OpFillMany, set: entryKeys[K, V](entries)}, func(ctx context.Context) error {
		return o.inner.FillMany(ctx, entries, leases)
	})
}

// Release passes the call to the inner cache, and reports it to the observer.
func (o *Observed[K, V, S]) Release(ctx context.Context, key K, lease Lease) error {
	return observeError(ctx, o, Call[K]{Op: OpRelease, Key: key}, func(ctx context.Context) error {
		return o.inner.Release(ctx, key, lease)
	})
}

// ReleaseMany passes the call to the inner cache, and reports it to the observer.
func (o *Observed[K, V, S]) ReleaseMany(ctx context.Context, leases map[K]Lease) error {
	return observeError(ctx, o, Call[K]{Op: OpReleaseMany, set: leaseKeys[K](leases)}, func(ctx context.Context) error {
		return o.inner.ReleaseMany(ctx, leases)
	})
}

// Drop passes the call to the inner cache, and reports it to the observer.
func (o *Observed[K, V, S]) Drop(ctx context.Context, key K, lease Lease) error {
	return observeError(ctx, o, Call[K]{Op: OpDrop, Key: key}, func(ctx context.Context) error {
		return o.inner.Drop(ctx, key, lease)
	})
}
