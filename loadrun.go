package cached

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// The steps of a load are functions of their own, so that the deepest calls need little stack: see growStack.

// run looks into the cache, asks the source, and stores the result, unless ctx has ended by then. It puts the result of the
// flight into l.result.
func (l *loading[K, V]) run(ctx context.Context) error {
	if asks, err := l.prepare(ctx); !asks {
		return err
	}
	value, handle, err := l.ask(ctx)
	if err != nil && l.began.IsZero() { // nobody waits for the result, or a batch has got no slot
		return l.unasked(ctx, err)
	}
	return l.take(ctx, value, handle, err)
}

// prepare looks into the cache once more, because no other flight of the key runs in this process now. It takes the lease
// and a slot. It reports whether the source is to be asked. Otherwise the flight ends with l.result and err.
func (l *loading[K, V]) prepare(ctx context.Context) (asks bool, err error) {
	f := l.f
	l.replace()
	if l.unread && (f.slots.full() || !f.overdue.admits(l.key, f.opts.MaxLoads)) {
		if err := l.readAll(ctx); err != ctxcache.ErrMiss {
			l.found(err == nil)
			return false, err
		}
		if l.old != nil { // as below
			l.result.skipped = true
			return false, nil
		}
	}
	if !l.unread {
		f.flights.look(l.key, l.flight)
	}
	if !f.overdue.admits(l.key, f.opts.MaxLoads) {
		return false, ErrLoadTimeout
	}
	if !f.opts.OncePerCluster { // a load that may have to wait for another holder has no slot meanwhile
		if err := l.takeSlot(ctx); err != nil {
			return false, l.unasked(ctx, err)
		}
	}
	if !l.outage && !l.bypass {
		if found, err := l.look(ctx); found || err != nil {
			l.found(found && l.unread)
			return false, err
		}
	}
	if l.behind && f.caps.Has(ctxcache.CapLease) && !l.granted() { // another holder refreshes it, or nobody can
		l.result.skipped = true
		return false, nil
	}
	if l.unread && l.old != nil { // far has a stale value, which the callers have not seen yet
		l.result.skipped = true
		return false, nil
	}
	if l.older != nil && l.leaseless() {
		l.result = l.older.result
		l.result.from, l.result.leased = l.older.flight, false // nothing has watched the key since that flight
		return false, l.older.err
	}
	if l.unread {
		f.flights.look(l.key, l.flight)
	}
	if l.awaits() {
		if found, err := l.await(ctx); found || err != nil {
			l.found(false)
			return false, err
		}
	}
	if f.opts.OncePerCluster {
		if err := l.takeSlot(ctx); err != nil {
			return false, l.unasked(ctx, err)
		}
	}
	return true, nil
}

// take takes what the source has answered.
func (l *loading[K, V]) take(ctx context.Context, value V, handle *Load[V], err error) error {
	f := l.f
	absent := f.opts.isNotFound(err)
	if absent {
		err = f.opts.both(err)
	}
	if !l.answered(err) {
		if err != errAbandoned {
			l.discardLate(ctx, err)
		}
		return l.whyEnded()
	}
	f.flights.seal(l.key, l.flight)
	switch ended := ctx.Err() != nil; {
	case ended && (err == nil || absent):
		f.unstored(ctx, UnstoredEnded) // the source may have stopped early, so its result does not count
		l.result.asked = true
		return l.failed(ctx, context.Cause(ctx))
	case err != nil && !absent:
		if !ended { // otherwise nobody waits for it, and the end of a context is not a failure
			l.hasFailed(err)
		}
		l.result.value, l.result.asked = value, true
		return l.failed(ctx, err)
	}
	l.result.value, l.result.meta.Written, l.result.refreshed, l.result.asked = value, l.began, l.refresh, true
	if l.bypass {
		return err
	}
	f.cooldowns.end(l.key)
	l.result.outage = l.leaseless()
	return l.conclude(ctx, err, handle)
}
