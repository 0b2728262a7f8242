package cached

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// loaded is the result of a flight of a Function.
type loaded[V any] struct {
	value     V
	meta      ctxcache.Meta // of the value; what is not known is zero
	read      bool          // the value is from the cache, whose far level the callers had not asked before
	refreshed bool          // the flight belongs to a Refresh, so the cache has no value that may be older than the flight
	asked     bool          // the source was asked
	leased    bool          // the load has failed with a lease, so it has noticed if the key was changed
	unsettled error         // of a Refresh: why the cache may still have the value from before it
	skipped   bool          // a refresh behind the caller was not made, so there is no result
	outage    bool          // the load had no lease that others honour, because the cache failed or could not grant one
	proof     proof
	from      *call[loaded[V]] // the older flight that the result is from, if it is from one; see request
}

// proof says what is known about invalidations of the key since the load began.
type proof int

const (
	unproved proof = iota // the result may be older than an invalidation; only callers from before that may get it
	proved                // the lease still stood after the load, so there was none
	lost                  // the lease was lost, so there was one
)

// proofOf returns the proof that the end of lease gives, if that has returned err. A local lease proves nothing about
// other processes.
func proofOf(lease ctxcache.Lease, err error) proof {
	switch {
	case err == nil && !lease.Local():
		return proved
	case err == ctxcache.ErrLeaseLost:
		return lost
	default:
		return unproved
	}
}

// loading is one load of one key. It runs in a flight. The flight's goroutine does all of it, unless the load is ended
// from outside (see loadend.go).
type loading[K comparable, V any] struct {
	request[K, V]

	f      *Function[K, V]
	key    K
	ctx    context.Context // of the load; the flight ends it
	flight *call[loaded[V]]

	absent   bool // the cache had no entry when the load began
	entered  bool // Close waits for it
	farAsked bool // for the lease

	step   int       // the last step of the batch that it has come to
	shared shared[V] // what the batch has done for it

	state atomic.Int32 // loadRuns, until the goroutine or somebody else ends the load
	began time.Time    // when the source was asked
	timer *time.Timer  // ends the load when its time is over; nil before the source is asked, and without a limit

	asking     context.Context // the context of the call of the source; nil before that
	next, prev *loading[K, V]  // in the list of running loads

	mu       sync.Mutex
	lease    ctxcache.Lease // stores the result; the zero Lease once it is spent, and over a cache without leases
	storing  bool           // from now on the lease belongs to the goroutine
	replaced bool           // a newer load of the key has taken the lease
	endSpan  func(error)    // of the Tracer; nil if there is nothing to end

	result   loaded[V] // of the flight; the goroutine writes it, but not while settling is set
	answer   error     // of the source, while settling is set
	settling bool      // the result is being stored: see behind.go
	freed    bool      // the callers have got the result before it was stored
}

// taskOf returns the function that a flight calls, once it has a copy of the key, to get the load that it runs.
func (f *Function[K, V]) taskOf(r request[K, V]) func(K) task[loaded[V]] {
	return func(key K) task[loaded[V]] {
		if r.refresh { // it may drop the old value, and nobody may store an older one after it has returned
			f.invalidations.Add(1)
		}
		if f.loadMany != nil {
			r.batch = f.joinBatch(key, r)
		} else {
			r.source = r.source.kept()
		}
		// It enters before the call that starts it returns, so that Close, which may be called next, waits for it.
		return &loading[K, V]{request: r, f: f, key: key, step: noStep, entered: f.loads.enter()}
	}
}

// fly is the load as the flight runs it. However it ends, even by a panic, it leaves no lease and no slot behind.
func (l *loading[K, V]) fly(ctx context.Context, flight *call[loaded[V]]) (result *loaded[V], err error) {
	f := l.f
	if !l.entered {
		l.leave()
		return nil, f.refused(ctxcache.OpLoad)
	}
	l.ctx, l.flight = ctx, flight
	f.running.add(l)
	defer f.running.remove(l)
	returned := false
	defer func() {
		if !returned {
			err = ErrGoexit
			if r := recover(); r != nil {
				err = newPanicError(r)
			}
		}
		l.leave()
		ours := l.answered(ctxcache.ErrUnreturned) // if it is not over yet, the source was not asked, or has panicked
		defer func() {                             // also if the cache or a hook panics
			if ours {
				f.loads.leave()
			} else {
				f.overdue.add(l.key, -1, l.shared.counts())
			}
		}()
		if ours && !returned {
			l.broke(ctx, err)
		}
		if _, failed := l.release(ctx, l.takeLease()); err == nil {
			err = failed
		}
		if !ours && err != nil {
			err = l.reason(err)
		}
	}()
	err = l.run(ctx)
	returned = true
	return &l.result, err
}

// found makes the entry that the cache has the result. Read is as in loaded.
func (l *loading[K, V]) found(read bool) {
	e := &l.shared.entry
	l.result.value, l.result.meta, l.result.read = e.Value, e.Meta, read
}

// answered reports whether the cache has answered. A miss, a negative entry and a corrupt value are answers, too.
func answered(err error) bool {
	return err == nil || err == ctxcache.ErrNotFound || err == ctxcache.ErrMiss || errors.Is(err, ctxcache.ErrCorrupt)
}

// readAll reads the whole cache for a load that has to wait for a slot, or must not begin: a value in the cache needs
// neither. If there is none that suffices, it returns ErrMiss, and the load goes on. It puts the entry into l.shared.
func (l *loading[K, V]) readAll(ctx context.Context) error {
	l.unread = false
	e := &l.shared.entry
	var err error
	*e, err = l.f.readEntry(ctx, l.key)
	if err == nil {
		if l.suffices(&e.Meta) {
			return nil
		}
		old := *e
		l.old = &old
		return ctxcache.ErrMiss
	}
	if err == ctxcache.ErrNotFound && !l.isRecent(&e.Meta) {
		return ctxcache.ErrMiss
	}
	if l.outage, err = l.f.goOn(ctx, err); err == nil {
		err = ctxcache.ErrMiss
	}
	return err
}

// look looks into the cache, and takes the lease. It reports whether the cache has an entry that a Get can use, or returns
// the error of the call. If the cache fails, and the call goes on, the load goes on without a lease. It puts the entry into
// l.shared.
func (l *loading[K, V]) look(ctx context.Context) (found bool, err error) {
	err = l.getLease(ctx)
	e := &l.shared.entry
	if err == nil {
		old := *e
		l.old = &old
	}
	switch {
	case err == nil && l.suffices(&e.Meta):
		return true, nil
	case err == ctxcache.ErrNotFound && !l.refresh && l.isRecent(&e.Meta):
		return false, l.f.negative
	case answered(err):
		if l.absent || err == ctxcache.ErrNotFound { // what a caller has read is gone
			l.old = nil
			l.flight.absent.Store(true)
		}
		if (l.refresh || l.unread) && errors.Is(err, ctxcache.ErrCorrupt) { // otherwise a Get has reported it before
			l.f.corrupt(ctx, err)
		}
		return false, nil
	}
	l.outage = true
	return false, l.f.report(ctx, err)
}

// suffices reports whether an entry that the cache has makes the load needless.
func (l *loading[K, V]) suffices(m *ctxcache.Meta) bool {
	return !l.refresh && l.isRecent(m) && l.f.fresh.isFresh(m) && (!l.behind || !ctxcache.Due(m.TTL, l.below))
}

// getLease takes the lease and puts the entry in the cache into l.shared. It reads a cache without leases once more if
// another load may have stored a value since the caller has missed, or somebody may have deleted what the caller has
// found. A refresh does not read it.
//
// If another holder has the lease, that holder is outside this Function, and its load may have begun before the source
// was changed. A refresh does not accept this: it deletes the key, which ends the other lease, and asks again.
func (l *loading[K, V]) getLease(ctx context.Context) (err error) {
	f := l.f
	if !f.caps.Has(ctxcache.CapLease) {
		if l.refresh || l.old == nil && f.flights.ended(l.key) == l.since {
			l.shared.entry = ctxcache.Entry[V]{}
			return ctxcache.ErrMiss
		}
		l.shared.entry, err = f.readEntry(ctx, l.key)
		l.absent = err == ctxcache.ErrMiss
		return err
	}
	lease, err := l.askForLease(ctx)
	l.absent = err == ctxcache.ErrMiss
	if !l.refresh || !answered(err) || lease.Granted() || lease.Refusal() == ctxcache.Unavailable {
		l.setLease(lease)
		return err
	}
	if err := l.deleteKey(ctx); err != nil {
		return err
	}
	lease, err = l.askForLease(ctx)
	l.setLease(lease)
	return err
}

// granted reports whether the load has a lease.
func (l *loading[K, V]) granted() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lease.Granted()
}

// leaseless reports whether the load has no lease that other processes honour, because the cache has failed, or cannot
// grant such leases now.
func (l *loading[K, V]) leaseless() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.outage || l.lease.Local() || l.lease.Refusal() == ctxcache.Unavailable
}
