package cached

import "time"

// freeBehind gives the result to the callers if it is still being stored when they have waited long enough (see
// limits.store). Then it is stored behind them, on the flight's goroutine, and Close waits for that. Call the returned
// func when the result is stored.
//
// A result that is not stored yet is not proved. So callers that joined the load ask again.
//
// The callers of a Refresh wait until the old value is replaced or removed: they would read it otherwise.
func (l *loading[K, V]) freeBehind(result loaded[V], answer error) (stop func()) {
	f, stopped, freed := l.f, false, false
	free := func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if !stopped && l.flight.publish(result, answer) {
			freed = true
			f.behind.inside.Add(1)
		}
	}
	l.mu.Lock()
	l.free = free
	l.mu.Unlock()
	if f.life.Err() != nil { // Close has lost its patience before free was set
		free()
	}
	limit := f.limits.store
	if l.refresh {
		limit = max(limit, unknownLimit)
	}
	timer := time.AfterFunc(limit, free)
	return func() {
		timer.Stop()
		l.mu.Lock()
		defer l.mu.Unlock()
		stopped = true
		if freed {
			f.behind.inside.Add(-1)
		}
	}
}
