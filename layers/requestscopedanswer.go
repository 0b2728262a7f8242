package layers

import (
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// scopeAnswer is what the inner cache has answered about a key.
type scopeAnswer[V any] struct {
	entry ctxcache.Entry[V]
	err   error     // nil, ErrNotFound or ErrMiss; any other error says that there is no answer
	since time.Time // when the durations of the entry began to run
}

// noAnswer returns the answer of a call that has not returned.
func noAnswer[V any]() scopeAnswer[V] { return scopeAnswer[V]{err: ctxcache.ErrUnreturned} }

func (a *scopeAnswer[V]) found() bool { return a.err == nil || a.err == ctxcache.ErrNotFound }

// at returns a as it is now. It reports false if the entry has expired. A live entry reports at least 1 ms.
func (a scopeAnswer[V]) at(now time.Time) (scopeAnswer[V], bool) {
	passed := now.Sub(a.since)
	a.since = now
	e := &a.entry
	if e.CopyTTL > 0 && e.CopyTTL != ctxcache.NoExpiry {
		if e.CopyTTL <= passed {
			return a, false
		}
		e.CopyTTL = max(e.CopyTTL-passed, time.Millisecond)
	}
	if !a.found() || e.TTL == ctxcache.Unknown || e.TTL == ctxcache.NoExpiry {
		return a, true
	}
	if e.TTL <= passed {
		return a, false
	}
	e.TTL = max(e.TTL-passed, time.Millisecond)
	if window := e.StaleWindow(); window > 0 {
		e.SetStaleWindow(window) // the TTL has become shorter
	}
	return a, true
}

// answer returns what the inner cache answered to a call that began at since, as the scope keeps it. The caller may
// modify its value, if the inner cache copies values, so the scope then keeps a copy.
func (c *requestScoped[K, V]) answer(e ctxcache.Entry[V], err error, since time.Time) scopeAnswer[V] {
	if err == nil && c.clone != nil {
		e.Value = c.clone(e.Value)
	}
	return scopeAnswer[V]{e, err, since}
}

// filled returns e, which is about to be stored by a Fill, as a read of the inner cache would report it. It returns no
// answer if the life of the entry is not known, because the inner cache's default counts.
func (c *requestScoped[K, V]) filled(e ctxcache.Entry[V], since time.Time) scopeAnswer[V] {
	if e.TTL == 0 {
		return noAnswer[V]()
	}
	caps := c.Supports()
	if !caps.Has(ctxcache.CapStale) {
		e.StaleFor, e.StaleAge = 0, 0
	}
	if !caps.Has(ctxcache.CapEntry) { // reads report no TTL; the scope forgets the entry in time all the same
		e.TTL, e.CopyTTL = ctxcache.Unknown, e.Life(e.TTL)
	}
	e.NearTTL = 0
	if e.Absent {
		return scopeAnswer[V]{ctxcache.Entry[V]{Meta: e.Meta}, ctxcache.ErrNotFound, since}
	}
	return c.answer(e, nil, since)
}

// give returns an answer that the scope has, for one caller.
func (c *requestScoped[K, V]) give(a scopeAnswer[V]) (ctxcache.Entry[V], error) {
	if a.err == nil && c.clone != nil {
		a.entry.Value = c.clone(a.entry.Value)
	}
	return a.entry, a.err
}
