package cached

import (
	"context"
	"errors"

	"github.com/ctxcache/cached/ctxcache"
)

// conclude stores what the source has answered, a value or that there is no such thing, and returns the error of the
// flight. If it does not store it, it ends the lease by a Release, or for a refresh by a Drop. After a refresh the cache
// has no value that may be older than the refresh.
func (l *loading[K, V]) conclude(ctx context.Context, answer error, handle *Load[V]) error {
	replaced := l.startStoring()
	wanted := l.makeEntry(ctx, answer, handle)
	if wanted {
		l.result.meta = l.shared.entry.Meta
	}
	p, failed := l.keep(ctx, answer, wanted, replaced)
	if failed != nil && l.f.opts.Strict {
		l.result = loaded[V]{}
		return failed
	}
	l.result.proof, l.result.unsettled = p, failed
	return answer
}

// keep is conclude after the entry has been made. It returns the proof that the lease gives. An error is the flight's.
func (l *loading[K, V]) keep(ctx context.Context, answer error, wanted, replaced bool) (p proof, failed error) {
	l.freeBehind(answer)
	defer l.settled()
	stored := false
	switch {
	case wanted && l.outage: // the load has no lease to store with, and the cache would probably fail again
		l.f.unstored(ctx, UnstoredUnavailable)
		failed = l.discardOld(ctx)
	case wanted:
		p, stored, failed = l.store(ctx, replaced)
	case l.refresh || l.old != nil:
		p, failed = l.discard(ctx)
	default: // if the lease can still be released, that is the proof
		p, failed = l.releaseOwn(ctx)
	}
	if failed == nil && l.refresh && !stored && p != proved && !l.outage {
		failed = l.distrust(ctx, l.result.outage || replaced)
	}
	return p, failed
}

// failed ends the lease of a load that has failed with err, and returns the error of the flight. A value that came with it
// is not stored. The callers do not wait longer than for a result to be stored.
func (l *loading[K, V]) failed(ctx context.Context, err error) error {
	err = l.reason(err)
	l.startStoring()
	l.result.leased = l.granted()
	l.result.proof = l.giveBack(ctx, err)
	return err
}

// giveBack releases the lease of a load that has failed with err, and returns the proof that the lease gives.
func (l *loading[K, V]) giveBack(ctx context.Context, err error) proof {
	l.freeBehind(err)
	defer l.settled()
	// The callers get err. OnCacheError hears of a failure of the cache.
	p, _ := l.releaseOwn(ctx)
	return p
}

// makeEntry puts the entry to store into l.shared, and reports whether it should be stored.
func (l *loading[K, V]) makeEntry(ctx context.Context, answer error, handle *Load[V]) (wanted bool) {
	opts, e := &l.f.opts, &l.shared.entry
	if answer != nil {
		*e = ctxcache.Entry[V]{Meta: ctxcache.Meta{Absent: true, TTL: opts.jittered(opts.NotFoundTTL), Written: l.began}}
		return opts.NotFoundTTL > 0
	}
	ttl, near, wanted := handle.life(opts.TTL)
	if !wanted {
		l.f.unstored(ctx, UnstoredDeclined)
		return false
	}
	l.f.fresh.loaded(ttl)
	e.Value, e.Meta = l.result.value, l.f.fresh.stored(opts.jittered(ttl))
	e.Written, e.NearTTL = l.began, near
	return true
}

// store stores the entry that makeEntry has made, unless the key was invalidated since the load began. If that fails, it
// removes the entry that the cache had when the load began. Without a lease, only a refresh can have found one. It returns
// the proof that the lease gives, and whether the entry was stored.
func (l *loading[K, V]) store(ctx context.Context, replaced bool) (p proof, stored bool, err error) {
	f := l.f
	if !l.refresh && f.behind.full() {
		// The cache hangs, and would not answer a Release either. The lease runs out, because renewal ends with the load.
		l.takeLease()
		f.unstored(ctx, UnstoredFailed)
		return unproved, false, f.count(ctx, f.fail(ctxcache.OpFill, ctxcache.ErrTimeout))
	}
	why, dropping, invalid := UnstoredFailed, false, false
	err = f.settle(ctx, ctxcache.OpFill, func(ctx context.Context) error {
		var err error
		switch {
		case l.lease.Granted():
			err = l.fill(ctx)
			dropping = err != nil && err != ctxcache.ErrLeaseLost
		case f.caps.Has(ctxcache.CapLease): // another holder has the lease and will store its value
			err = ctxcache.ErrLeaseLost
		default:
			err = l.storeUnleased(ctx)
			dropping = (l.refresh || l.old != nil) && err != nil && err != ctxcache.ErrLeaseLost
		}
		stored, invalid = err == nil, errors.Is(err, ctxcache.ErrValue)
		if err == ctxcache.ErrLeaseLost {
			why = l.notStored(replaced)
		}
		return err
	})
	if stored {
		p = proofOf(l.lease, nil)
		l.lease = ctxcache.Lease{}
		return p, true, err
	}
	f.unstored(ctx, why)
	if dropping {
		p, err = l.drop(ctx, err, invalid)
	} else if why == UnstoredInvalidated {
		p = lost
	}
	return p, false, err
}

// drop removes the old value after a store that has failed with err: it must not stay, and the outcome of the fill is
// unknown. Invalid says that the cache has refused the new value.
func (l *loading[K, V]) drop(ctx context.Context, err error, invalid bool) (proof, error) {
	dropped, failed := l.discard(ctx)
	if failed != nil {
		err = errors.Join(err, failed)
	}
	// A cache that is closed ends every lease without an error. So this is a proof only if the Fill had an answer.
	if dropped == lost || invalid {
		return dropped, err
	}
	return unproved, err
}

// notStored returns why the load could not store its result, if the cache did not fail.
func (l *loading[K, V]) notStored(replaced bool) Unstored {
	switch {
	case replaced:
		return UnstoredHeld
	case l.lease.Granted() || !l.f.caps.Has(ctxcache.CapLease):
		return UnstoredInvalidated
	case l.lease.Refusal() == ctxcache.Unavailable:
		return UnstoredUnavailable
	default:
		return UnstoredHeld
	}
}

// storeUnleased stores the entry in a cache without leases, unless this Function has deleted the key since the load began.
// Delete forgets the flight, and waits for a store that has begun. It does not wait for ever, so storeUnleased looks
// at the store again when it has ended: see (4) of singleflight.go.
func (l *loading[K, V]) storeUnleased(ctx context.Context) error {
	f := l.f
	begun, older := f.flights.beginStore(l.key, l.flight)
	if begun == nil {
		return ctxcache.ErrLeaseLost
	}
	defer f.flights.endStores(begun)
	if err := f.awaitOlder(ctx, older); err != nil {
		return err
	}
	failed := f.cache.SetEntry(ctx, l.key, l.shared.entry)
	if !begun.forgotten.Load() {
		return failed
	}
	// Even if SetEntry failed: it may have stored the entry all the same.
	if err := f.repair(ctx, func(ctx context.Context) error { return f.cache.Delete(ctx, l.key) }); err != nil {
		return err
	}
	return ctxcache.ErrLeaseLost
}

// repair deletes, by del, what was stored too late. The store may have used up its time, so the deletion has time of its
// own.
func (f *Function[K, V]) repair(ctx context.Context, del func(context.Context) error) error {
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), f.limits.settle)
	defer cancel()
	return del(limited)
}

// discard removes the entry that the cache had when the load began, and returns the proof that the lease gives. With a
// lease it uses Drop, and otherwise Delete.
func (l *loading[K, V]) discard(ctx context.Context) (p proof, err error) {
	if lease := l.takeLease(); lease.Granted() {
		err = l.takeAway(ctx, ctxcache.OpDrop, func(ctx context.Context) error {
			err := l.f.cache.Drop(ctx, l.key, lease)
			p = proofOf(lease, err)
			return err
		})
		return p, err
	}
	return unproved, l.takeAway(ctx, ctxcache.OpDelete, func(ctx context.Context) error { return l.f.cache.Delete(ctx, l.key) })
}

// discardOld is discard for a refresh, which must not return a new value and leave the old one.
func (l *loading[K, V]) discardOld(ctx context.Context) error {
	if !l.refresh {
		return nil
	}
	_, err := l.discard(ctx)
	return err
}

// release releases lease, if it was granted. It returns the proof that the lease gives.
func (l *loading[K, V]) release(ctx context.Context, lease ctxcache.Lease) (p proof, err error) {
	return l.releaseBy(ctx, lease, func(ctx context.Context) error { return l.f.cache.Release(ctx, l.key, lease) })
}

// releaseOwn is release for the load's own lease. It is called on the load's own goroutine.
func (l *loading[K, V]) releaseOwn(ctx context.Context) (p proof, err error) {
	lease := l.takeLease()
	return l.releaseBy(ctx, lease, func(ctx context.Context) error { return l.releaseLease(ctx, lease) })
}

func (l *loading[K, V]) releaseBy(
	ctx context.Context, lease ctxcache.Lease, do func(context.Context) error,
) (p proof, err error) {
	if !lease.Granted() {
		return unproved, nil
	}
	err = l.f.settle(ctx, ctxcache.OpRelease, func(ctx context.Context) error {
		err := do(ctx)
		p = proofOf(lease, err)
		return err
	})
	return p, err
}

// distrust deletes a value that another process stored while a refresh was loading. Several processes may hold leases
// on a key that is present (see ctxcache.LeaseCache), and the first to fill wins. It may have loaded before the source
// was changed, while this refresh, which lost, loaded after. If the key is absent, a lease on it is newer than this load,
// so it is left alone. If old is true, the value from before the refresh may still be in the cache, and distrust deletes that,
// too: there was no lease that other processes honour, or a newer load has taken the lease and may have failed.
func (l *loading[K, V]) distrust(ctx context.Context, old bool) error {
	f := l.f
	if !f.caps.Has(ctxcache.CapLeaseShared) && !old {
		return nil
	}
	return l.takeAway(ctx, ctxcache.OpDelete, func(ctx context.Context) error {
		if !old { // otherwise a miss may stand for a failure that the cache hides
			if _, err := f.cache.Get(ctx, l.key); err == ctxcache.ErrMiss {
				return nil
			}
		}
		return f.cache.Delete(ctx, l.key)
	})
}

// settle does something in the cache that must be done even if no caller waits any more. It returns nil, or with
// Options.Strict the failure. A lost lease is not a failure. A cache that has been closed is: the caller gets the value
// all the same, because that was loaded before.
func (f *Function[K, V]) settle(ctx context.Context, op ctxcache.Operation, do func(context.Context) error) error {
	detached := context.WithoutCancel(ctx)
	limited := withTimeout(detached, f.limits.settle)
	defer limited.end()
	err := do(limited)
	if err == nil || err == ctxcache.ErrLeaseLost {
		return nil
	}
	return f.count(detached, f.notTheCallers(op, err))
}

// notTheCallers returns err, or ErrTimeout if err is the end of a context that is not the caller's.
func (f *Function[K, V]) notTheCallers(op ctxcache.Operation, err error) error {
	if !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	late := f.fail(op, ctxcache.ErrTimeout)
	if e, together := err.(togetherError); together {
		return togetherError{late, e.reported}
	}
	return late
}

// takeAway is settle for a deletion of the old value. If a refresh cannot take it away, readers may still get it. So that
// is the error of the refresh, even without Options.Strict.
func (l *loading[K, V]) takeAway(ctx context.Context, op ctxcache.Operation, do func(context.Context) error) error {
	var failure error
	err := l.f.settle(ctx, op, func(ctx context.Context) error {
		failure = do(ctx)
		return failure
	})
	if err == nil && l.refresh && failure != nil && failure != ctxcache.ErrLeaseLost {
		return l.f.notTheCallers(op, failure)
	}
	return err
}
