package cached

import (
	"context"
	"errors"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// storeTimeout bounds each thing that a flight does after the load: storing, and giving the lease back. Its callers have
// the value by then only if the cache answers, so a cache that hangs costs them no more than this.
const storeTimeout = 5 * time.Second

// entryOf returns the entry that stands for what the source returned, value and err, and whether it is to be stored.
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

// conclude stores e, if that is wanted, and reports whether it is proved that nothing invalidated the key since the load
// began. A refresh leaves nothing in the cache that may be older than it.
func (l *loading[K, V]) conclude(ctx context.Context, e ctxcache.Entry[V], wanted bool) (proved bool, err error) {
	switch {
	case wanted:
		proved, err = l.store(ctx, e)
	case l.refresh:
		proved, err = l.discard(ctx)
	default: // that the lease can still be released is the proof
		return l.release(ctx)
	}
	if err == nil && l.refresh && !proved {
		err = l.distrust(ctx)
	}
	return proved, err
}

// store stores e, unless the key was invalidated since the load began, and reports whether it did.
func (l *loading[K, V]) store(ctx context.Context, e ctxcache.Entry[V]) (stored bool, err error) {
	f, dropping := l.f, false
	err = f.settle(ctx, ctxcache.OpFill, func(ctx context.Context) error {
		var err error
		switch {
		case l.lease.Granted():
			err = f.cache.Fill(ctx, l.key, l.lease, e)
			dropping = err != nil && err != ctxcache.ErrLeaseLost
		case f.caps.Has(ctxcache.CapLease): // another holder will store what it loads
			err = ctxcache.ErrLeaseLost
		default:
			err = l.storeUnleased(ctx, e)
		}
		stored = err == nil
		return err
	})
	switch {
	case stored:
		l.lease = ctxcache.Lease{}
	case dropping: // the old value must not stay, and nobody knows what the fill did
		if _, dropErr := l.discard(ctx); dropErr != nil {
			err = errors.Join(err, dropErr)
		}
	}
	return stored, err
}

// storeUnleased stores in a cache without leases, unless this Function has deleted the key since. Delete forgets the
// flight before it deletes, so one of the two sees the other.
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

// discard removes what the cache had when the load began, by the lease if there is one, and reports whether the lease
// stood until then.
func (l *loading[K, V]) discard(ctx context.Context) (proved bool, err error) {
	if l.lease.Granted() {
		return l.spend(ctx, ctxcache.OpDrop, l.f.cache.Drop)
	}
	return false, l.f.settle(ctx, ctxcache.OpDelete, func(ctx context.Context) error { return l.f.cache.Delete(ctx, l.key) })
}

// release gives the lease back, if it was granted and is not spent, and reports whether it stood until then.
func (l *loading[K, V]) release(ctx context.Context) (proved bool, err error) {
	if !l.lease.Granted() {
		return false, nil
	}
	return l.spend(ctx, ctxcache.OpRelease, l.f.cache.Release)
}

// spend ends the lease by a Release or a Drop, and reports whether it stood until then.
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

// distrust deletes what others have stored while a refresh loaded. On a key that is present, processes may hold leases
// at the same time (see ctxcache.LeaseCache): the first to fill may have loaded before the source was changed, and
// this refresh, which lost, after. A lease on what is absent by now is newer than this load, and is left alone. Where
// leases could not be had, the value from before the refresh is still there, and goes as well.
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

// settle does something in the cache that has to be done whether or not somebody still waits for it. It returns what a
// failure means for the call. That a lease was lost is not a failure.
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
