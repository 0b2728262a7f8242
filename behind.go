package cached

import "time"

// freeBehind gives the result to the callers if it is still being stored when they have waited long enough (see
// limits.store). Then it is stored behind them, on the flight's goroutine, and Close waits for that. Call settled when the
// result is stored.
//
// A result that is not stored yet is not proved. So callers that joined the load ask again.
//
// The result must not change until then.
//
// The callers of a Refresh wait until the old value is replaced or removed: they would read it otherwise.
func (l *loading[K, V]) freeBehind(answer error) {
	l.mu.Lock()
	l.answer, l.settling = answer, true
	l.mu.Unlock()
	if l.f.life.Err() != nil { // Close has lost its patience before settling was set
		l.free()
	}
	limit := l.f.limits.store
	if l.refresh {
		limit = max(limit, unknownLimit)
	}
	if l.timer == nil {
		l.timer = time.AfterFunc(limit, l.free)
	} else { // answered has stopped it
		l.timer.Reset(limit)
	}
}

// free gives the result to the callers, if there is one that is being stored.
func (l *loading[K, V]) free() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.settling && l.flight.publish(&l.result, l.answer) {
		l.freed = true
		l.f.behind.inside.Add(1)
	}
}

// settled ends what freeBehind has begun.
func (l *loading[K, V]) settled() {
	l.timer.Stop()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settling = false
	if l.freed {
		l.f.behind.inside.Add(-1)
	}
}
