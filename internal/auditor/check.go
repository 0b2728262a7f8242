package auditor

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// answer is what a cache or a source has for a key.
type answer[V any] struct {
	value   V
	has     bool // it has a value
	known   bool // it knows that there is none: a negative entry
	written time.Time
}

// ask returns read's answer. It returns an error if there is none.
func ask[K comparable, V any](ctx context.Context, read Read[K, V], key K) (answer[V], error) {
	e, err := read(ctx, key)
	switch err {
	case nil:
		return answer[V]{value: e.Value, has: true, written: e.Written}, nil
	case ctxcache.ErrNotFound:
		return answer[V]{known: true}, nil
	case ctxcache.ErrMiss:
		return answer[V]{}, nil
	default:
		return answer[V]{}, err
	}
}

// check checks s once. Then it counts the result, or puts s into the queue again.
//
// A key may change during the check, or between its two reads. So a difference counts only if the next check, a Delay
// later, sees exactly the same. Values that change faster than that are unclear.
func (a *Auditor[K, V]) check(ctx context.Context, s sample[K, V], cached, source Read[K, V]) {
	reading, cancel := context.WithTimeout(ctx, a.opts.Timeout)
	defer cancel()
	here, err := ask(reading, cached, s.key)
	var there answer[V]
	if err == nil {
		there, err = ask(reading, source, s.key)
	}
	if ctx.Err() != nil {
		return // Close
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.pending, s.key) // not earlier, so that the reads of the check are not sampled
	switch {
	case err != nil:
		a.report.Failed++
	case !here.has && !here.known:
		a.report.Gone++
	case !a.agree(here, there):
		a.differ(s, here, there)
	case s.differs.since.IsZero():
		a.report.Same++
	default:
		a.report.Late++
	}
}

// differ counts a difference, or has it checked again. The lock is held.
func (a *Auditor[K, V]) differ(s sample[K, V], cached, there answer[V]) {
	now := time.Now()
	seen := s.differs
	if seen.since.IsZero() || !a.same(seen.cached, cached) || !a.same(seen.source, there) {
		since := now
		// If the cached value is the later one, as after a write that the source has missed, or if nobody knows that,
		// then the source's value says nothing about when the two began to differ.
		if !cached.written.IsZero() && cached.written.Before(there.written) && there.written.Before(now) {
			since = there.written
		}
		a.again(s, difference[V]{cached, there, since})
		return
	}
	age := now.Sub(seen.since)
	if age <= a.opts.Bound {
		a.enqueue(s)
		return
	}
	a.report.Mismatches++
	a.report.Oldest = max(a.report.Oldest, age)
	a.report.Ages[ageClass(age)]++
}

// again has s checked again, unless it was checked too often. The lock is held.
func (a *Auditor[K, V]) again(s sample[K, V], seen difference[V]) {
	if s.attempts++; s.attempts >= a.opts.Attempts {
		a.report.Unclear++
		return
	}
	s.differs = seen
	a.enqueue(s)
}

// same reports whether two answers are the same.
func (a *Auditor[K, V]) same(x, y answer[V]) bool {
	return x.has == y.has && x.known == y.known && (!x.has || a.opts.Equal(x.value, y.value))
}

// agree reports whether a cache may give this answer if the source gives that one.
func (a *Auditor[K, V]) agree(cached, source answer[V]) bool {
	switch {
	case source.has:
		return cached.has && a.opts.Equal(cached.value, source.value)
	case source.known:
		return !cached.has
	default: // the source has nothing, or has forgotten it
		return !cached.has || a.opts.Forgets
	}
}
