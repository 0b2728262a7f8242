package cached

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// A load is over when its source has answered. It may end before that, from outside: because its time is over, because
// Close has lost its patience, or because a newer load of the key has replaced it. Whoever changes the state from loadRuns
// ends the load, and nobody else: the slot is given back once, and callers get one result.
const (
	loadRuns int32 = iota
	loadAnswered
	loadTimedOut
	loadClosed
)

// ErrLoadTimeout is the error of a load whose source has not answered within Options.LoadTimeout. If many such loads still
// hang, it is also the error of loads that are not begun. It is not context.DeadlineExceeded, so nobody takes it for the
// end of the caller's own context.
var ErrLoadTimeout error = &ctxcache.Error{
	Layer: kind, Op: ctxcache.OpLoad, Err: ctxcache.Discreet("the source did not answer in time", nil),
}

// answered ends the load when the source has returned err. It returns false if the load has been ended before.
func (l *loading[K, V]) answered(err error) bool {
	if l.timer != nil && !l.timer.Stop() {
		l.timer = nil // it has fired, and finish decides
	}
	return l.finish(err)
}

// finish ends the load with err. It returns false if the load has been ended from outside.
func (l *loading[K, V]) finish(err error) bool {
	if l.state.CompareAndSwap(loadRuns, loadAnswered) {
		l.over(err)
	}
	return l.state.Load() == loadAnswered
}

// abort ends the load from outside: the callers get err, and the slot and the lease are given back. It returns false if
// the load was over. The loader may still run; err is the cause of its context's end.
func (l *loading[K, V]) abort(ctx context.Context, err error) bool {
	state := loadClosed
	if err == ErrLoadTimeout {
		state = loadTimedOut
	}
	if !l.state.CompareAndSwap(loadRuns, state) {
		return false
	}
	f := l.f
	f.overdue.add(l.key, 1, l.shared.counts())
	free := func() { f.flights.end(l.key, l.flight, err) }
	defer f.loads.leave()
	defer func() {
		if r := recover(); r != nil { // the cache or a hook has panicked, and callers that still wait hear of it
			f.flights.end(l.key, l.flight, newPanicError(r))
		}
	}()
	l.record(err)
	if err == ErrLoadTimeout {
		// The callers may ask again at once. Then the next load needs the lease, so it is given back first, if the cache
		// answers.
		defer time.AfterFunc(f.limits.store, free).Stop()
	} else {
		free()
	}
	// The callers get err in any case. OnCacheError hears of a failure.
	_, _ = l.release(ctx, l.takeLease())
	free()
	return true
}

// record notes that the load has been ended by err, and then ends its context. A loader that ends with its context gives the
// callers their answer, so all that they may ask for next is noted before that.
func (l *loading[K, V]) record(err error) {
	defer l.flight.cancel(err) // also if a hook panics
	l.over(err)
	if err != ErrLoadTimeout {
		return
	}
	if l.shared.counts() {
		l.f.counts.timeouts.Add(1)
	}
	l.hasFailed(err)
}

// aborted reports whether the load was ended from outside.
func (l *loading[K, V]) aborted() bool {
	state := l.state.Load()
	return state == loadTimedOut || state == loadClosed
}

// reason returns why the load has ended with err: if it was ended from outside, the error of that.
func (l *loading[K, V]) reason(err error) error {
	if !l.aborted() {
		return err
	}
	return l.whyEnded()
}

// whyEnded returns why the load was ended from outside, once whoever has ended it has done so. If its time is over, that
// includes the lease: see abort.
func (l *loading[K, V]) whyEnded() error {
	<-l.ctx.Done()
	if l.state.Load() == loadTimedOut {
		<-l.flight.done
	}
	return context.Cause(l.ctx)
}

// over does what must be done once when the load is over.
func (l *loading[K, V]) over(err error) {
	l.flight.load.end()
	l.mu.Lock()
	end := l.endSpan
	l.endSpan = nil
	l.mu.Unlock()
	if end != nil {
		end(err)
	}
}

// startTimer starts to count Options.LoadTimeout.
func (l *loading[K, V]) startTimer() {
	limit := l.f.opts.loadTimeout()
	if limit == ctxcache.NoExpiry {
		return
	}
	l.timer = time.AfterFunc(limit, l.late)
}

// late is called when the time of the load is over: before the source has answered, or before the result is stored.
func (l *loading[K, V]) late() {
	l.mu.Lock()
	answered := l.settling
	l.mu.Unlock()
	if answered {
		l.free()
	} else {
		l.abort(l.ctx, ErrLoadTimeout)
	}
}

// close is called when Close has lost its patience. It frees the callers: if the source has answered, with its result.
func (l *loading[K, V]) close() {
	if !l.abort(l.ctx, l.f.refused(ctxcache.OpLoad)) {
		l.free()
	}
}

// discardLate is called when the source answers a load that has been ended from outside.
func (l *loading[K, V]) discardLate(ctx context.Context, err error) {
	if l.state.Load() == loadTimedOut && l.shared.counts() {
		l.f.counts.late.Add(1)
	}
	if err == nil || l.f.opts.isNotFound(err) {
		l.f.unstored(ctx, UnstoredEnded)
	}
}

// replace takes the lease away from the load that the flight has replaced, if there is one: (10) of singleflight.go.
// Otherwise this load would get no lease, and could not store its result.
func (l *loading[K, V]) replace() {
	old := l.flight.replaced
	if old == nil {
		return
	}
	l.flight.replaced = nil
	if holder, ok := old.holder.Load().(leaseHolder); ok {
		holder.giveUp()
	}
}

// giveUp releases the lease for a newer load of the key, unless the result is being stored.
func (l *loading[K, V]) giveUp() {
	l.mu.Lock()
	if l.storing {
		l.mu.Unlock()
		return
	}
	lease := l.lease
	l.lease, l.replaced = ctxcache.Lease{}, true
	l.mu.Unlock()
	// Its own callers cannot hear of a failure; OnCacheError can.
	_, _ = l.release(l.ctx, lease)
}

// giveUpEarly gives the lease back, because the load's context has ended while it waits for others of its batch. Nobody wants
// its result then, and the others may take long.
func (l *loading[K, V]) giveUpEarly() {
	f := l.f
	if l.aborted() { // whoever has ended the load gives it back, before the callers have their answer
		return
	}
	if !f.loads.enterBeside() { // the load has ended
		return
	}
	defer f.loads.leave()
	defer func() {
		if r := recover(); r != nil { // nobody else hears of it
			f.mention(context.WithoutCancel(l.ctx), newPanicError(r))
		}
	}()
	l.giveUp()
}

// startStoring keeps the lease from being given up. It reports whether a newer load has replaced this one.
func (l *loading[K, V]) startStoring() (replaced bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.storing = true
	return l.replaced
}

func (l *loading[K, V]) setLease(lease ctxcache.Lease) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lease = lease
}

// takeLease returns the lease, which the caller must spend.
func (l *loading[K, V]) takeLease() ctxcache.Lease {
	l.mu.Lock()
	defer l.mu.Unlock()
	lease := l.lease
	l.lease = ctxcache.Lease{}
	return lease
}

// setSpan sets the func that ends the load's span. If the load has been ended meanwhile, it calls it.
func (l *loading[K, V]) setSpan(end func(error)) {
	l.mu.Lock()
	l.endSpan = end
	l.mu.Unlock()
	if l.aborted() {
		l.over(ctxcache.ErrClosed)
	}
}
