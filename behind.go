package cached

import (
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// freeBehind gives the result to the callers if it is still being stored when they have waited long enough (see
// limits.store). Then it is stored behind them, on the flight's goroutine, and Close waits for that. Call settled when the
// result is stored.
//
// A result that is not stored yet is not proved. So callers that joined the load ask again.
//
// l.result must not change between freeBehind and settled.
//
// The callers of a Refresh wait until the old value is replaced or removed, because they would read it otherwise: for a store
// and for a deletion, as long as these may take. After that the refresh has failed.
func (l *loading[K, V]) freeBehind(answer error) {
	l.mu.Lock()
	l.answer, l.settling = answer, true
	l.mu.Unlock()
	if l.f.life.Err() != nil { // Close has lost its patience before settling was set
		l.free()
	}
	limit := l.f.limits.store
	if l.refresh {
		limit = max(limit, 2*l.f.limits.settle)
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
	if !l.settling {
		return
	}
	result := l.result
	if l.refresh && (l.answer == nil || l.f.opts.isNotFound(l.answer)) {
		result.unsettled = l.f.unsettled()
	}
	if l.flight.publish(&result, l.answer) {
		l.freed = true
		l.f.behind.inside.Add(1)
	}
}

// unsettled returns the error of a Refresh whose load was freed before the old value was replaced or removed.
func (f *Function[K, V]) unsettled() error {
	if closed := f.refused(ctxcache.OpRefresh); closed != nil {
		return closed
	}
	return f.fail(ctxcache.OpRefresh, ctxcache.ErrTimeout)
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
