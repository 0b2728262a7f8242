package cached

import (
	"context"
	"errors"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// storeTimeout limits each thing that a flight does after its load, such as storing the value and releasing the lease.
// The callers of the flight wait for that, so a cache that hangs delays them by no more than this for each.
const storeTimeout = 5 * time.Second

// entryOf returns the entry to store for value and err, which the source returned, and whether it should be stored.
func entryOf[V any](opts *Options, value V, err error, wish *ttlWish) (e ctxcache.Entry[V], wanted bool) {
	if errors.Is(err, ctxcache.ErrNotFound) {
		return ctxcache.Entry[V]{Meta: ctxcache.Meta{Absent: true, TTL: opts.jittered(opts.NotFoundTTL)}}, opts.NotFoundTTL > 0
	}
	ttl, made := wish.get()
	if !made {
		ttl = opts.TTL
	}
	return ctxcache.NewEntry(value, opts.jittered(ttl)), !made || ttl != 0
}

// conclude stores e if wanted, and reports whether it is proved that nothing invalidated the key since the load began.
// If it does not store e, it ends the lease by a Release, or for a refresh by a Drop. After a refresh the cache has no
// value that may be older than the refresh.
func (l *loading[K, V]) conclude(ctx context.Context, e ctxcache.Entry[V], wanted bool) (proved bool, err error) {
	switch {
	case wanted:
		proved, err = l.store(ctx, e)
	case l.refresh:
		proved, err = l.discard(ctx)
	default: // if the lease can still be released, that is the proof
		return l.release(ctx)
	}
	if err == nil && l.refresh && !proved {
		err = l.distrust(ctx)
	}
	return proved, err
}

// store stores e, unless the key was invalidated since the load began, and reports whether it stored e. If that fails,
// it removes the entry that the cache had when the load began. Without a lease, only a refresh can have found one.
func (l *loading[K, V]) store(ctx context.Context, e ctxcache.Entry[V]) (stored bool, err error) {
	f, dropping := l.f, false
	err = f.settle(ctx, ctxcache.OpFill, func(ctx context.Context) error {
		var err error
		switch {
		case l.lease.Granted():
			err = f.cache.Fill(ctx, l.key, l.lease, e)
			dropping = err != nil && err != ctxcache.ErrLeaseLost
		case f.caps.Has(ctxcache.CapLease): // another holder has the lease and will store its value
			err = ctxcache.ErrLeaseLost
		default:
			err = l.storeUnleased(ctx, e)
			dropping = l.refresh && err != nil && err != ctxcache.ErrLeaseLost
		}
		stored = err == nil
		return err
	})
	switch {
	case stored:
		l.lease = ctxcache.Lease{}
	case dropping: // the old value must not stay, and the outcome of the fill is unknown
		if _, dropErr := l.discard(ctx); dropErr != nil {
			err = errors.Join(err, dropErr)
		}
	}
	return stored, err
}

// storeUnleased stores e in a cache without leases, unless this Function has deleted the key since the load began.
// Delete forgets the flight before it deletes, and storeUnleased checks before and after it stores. So one of the two
// sees the other: see (4) of singleflight.go.
func (l *loading[K, V]) storeUnleased(ctx context.Context, e ctxcache.Entry[V]) error {
	f := l.f
	if !f.flights.joinable(l.key, l.flight) {
		return ctxcache.ErrLeaseLost
	}
	if err := f.cache.SetEntry(ctx, l.key, e); err != nil {
		return err
	}
	if f.flights.joinable(l.key, l.flight) {
		return nil
	}
	if err := f.cache.Delete(ctx, l.key); err != nil {
		return err
	}
	return ctxcache.ErrLeaseLost
}

// discard removes the entry that the cache had when the load began, and reports whether the lease stood until then.
// With a lease it uses Drop, and otherwise Delete.
func (l *loading[K, V]) discard(ctx context.Context) (proved bool, err error) {
	if l.lease.Granted() {
		return l.spend(ctx, ctxcache.OpDrop, l.f.cache.Drop)
	}
	return false, l.f.settle(ctx, ctxcache.OpDelete, func(ctx context.Context) error { return l.f.cache.Delete(ctx, l.key) })
}

// release releases the lease, if it was granted and is not spent. It reports whether the lease stood until then.
func (l *loading[K, V]) release(ctx context.Context) (proved bool, err error) {
	if !l.lease.Granted() {
		return false, nil
	}
	return l.spend(ctx, ctxcache.OpRelease, l.f.cache.Release)
}

// spend ends the lease by end, which is Release or Drop. It reports whether the lease stood until then.
func (l *loading[K, V]) spend(
	ctx context.Context, op ctxcache.Operation, end func(context.Context, K, ctxcache.Lease) error,
) (stood bool, err error) {
	lease := l.lease
	l.lease = ctxcache.Lease{}
	err = l.f.settle(ctx, op, func(ctx context.Context) error {
		err := end(ctx, l.key, lease)
		stood = err == nil
		return err
	})
	return stood, err
}

// distrust deletes a value that another process stored while a refresh was loading. Several processes may hold leases
// on a key that is present (see ctxcache.LeaseCache), and the first to fill wins. It may have loaded before the source
// was changed, while this refresh, which lost, loaded after. If leases were unavailable, the value from before the
// refresh is still in the cache, and distrust deletes it, too. If the key is absent, a lease on it is newer than this
// load, so it is left alone.
func (l *loading[K, V]) distrust(ctx context.Context) error {
	f := l.f
	if !f.caps.Has(ctxcache.CapLeaseShared) && l.lease.Refusal() != ctxcache.Unavailable {
		return nil
	}
	return f.settle(ctx, ctxcache.OpDelete, func(ctx context.Context) error {
		if _, err := f.cache.Get(ctx, l.key); err == ctxcache.ErrMiss {
			return nil
		}
		return f.cache.Delete(ctx, l.key)
	})
}

// settle does something in the cache that must be done even if no caller waits any more. It returns nil, or the error
// of the call (see report). A lost lease is not a failure.
func (f *Function[K, V]) settle(ctx context.Context, op ctxcache.Operation, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	err := do(ctx)
	if err == nil || err == ctxcache.ErrLeaseLost {
		return nil
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = ctxcache.Fail(kind, op, errStoreTimeout)
	}
	return f.report(context.WithoutCancel(ctx), err)
}

var errStoreTimeout = errors.New("the cache did not answer in time")
