package cached

import (
	"context"
	"errors"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// standby is a stale value that a call's own read has found. The call returns it if the load fails, or is slow. It is for
// this call only: nobody else gets it, and it is not stored anywhere.
type standby[V any] struct {
	entry ctxcache.Entry[V]
	level Level
	until time.Time // when it is too old
}

// usable reports whether the call can return the standby: there is one, and it is not too old.
func (s *standby[V]) usable() bool { return s != nil && time.Now().Before(s.until) }

// hasLostStandby reports whether a stale value that a call has read is not to be returned any more, because it may have been
// replaced or removed since. Result is of the flight that the call has waited for. Nobody knows what is done after Forget,
// or a newer flight, has displaced the flight.
func hasLostStandby[V any](flight *call[loaded[V]], result *loaded[V]) bool {
	return flight.displaced.Load() || flight.absent.Load() || result.proof == lost
}

// standIn answers a call with its stale value. Err says why: the error of the load, or errImpatient.
func (f *Function[K, V]) standIn(s *standby[V], waited *call[loaded[V]], err error, seen *Result[V]) answer[V] {
	f.counts.stale.Add(1)
	why := WhyFailed
	if err == errImpatient {
		why, err = WhySlow, nil
	}
	f.saw(seen, &s.entry.Meta, s.level, why, err)
	if seen != nil {
		seen.Joined = waited != nil
	}
	return answer[V]{value: s.entry.Value, missed: true, flight: waited}
}

// patienceOf returns how long a call with this standby waits for a load. Without a standby it waits as long as it takes.
func (f *Function[K, V]) patienceOf(s *standby[V]) time.Duration {
	if s == nil {
		return noLimit
	}
	return f.opts.SoftTimeout
}

// hasFailed reports whether a flight has ended because its load has failed. The mistakes of callers, and failures of the
// cache, are not failures of the load.
func (f *Function[K, V]) hasFailed(result *loaded[V], err error) bool {
	if err == nil || f.opts.isNotFound(err) || f.refusal.Load() != nil && errors.Is(err, ctxcache.ErrClosed) {
		return false
	}
	_, panicked := errors.AsType[*PanicError](err)
	return result.asked || panicked || err == ErrLoadTimeout || err == ErrGoexit || err == ErrOverloaded
}

// getAged is get for a call that has to know how old a value is: because of the options, or to write a Result to seen,
// unless that is nil.
func (f *Function[K, V]) getAged(ctx context.Context, key K, source source[K, V], seen *Result[V]) (answer[V], error) {
	if err := f.refused(ctxcache.OpGet); err != nil {
		return answer[V]{}, err
	}
	since := f.since(key)
	if f.near != nil || f.limits.read != 0 {
		e, level, err := f.firstEntry(ctx, key)
		return f.goOnAged(ctx, key, request[K, V]{source: source, since: since}, &e, f.ageOf(&e.Meta, err), level, err, seen)
	}
	e, err := f.entries.GetEntry(ctx, key) // here, because an entry is large, and a hit of memory would notice another copy
	age := f.ageOf(&e.Meta, err)
	if age.standing == fresh && seen == nil {
		return answer[V]{value: e.Value}, nil
	}
	return f.goOnAged(ctx, key, request[K, V]{source: source, since: since}, &e, age, LevelCache, err, seen)
}

// ageOf returns the age of an entry that a read has returned with err.
func (f *Function[K, V]) ageOf(m *ctxcache.Meta, err error) age {
	if err != nil {
		return age{standing: expired}
	}
	return f.fresh.ageOf(m, f.pace.expected())
}

// goOnAged is getAged after the cache has been read. It is a function of its own, so that a hit does not pay for it.
func (f *Function[K, V]) goOnAged(
	ctx context.Context, key K, r request[K, V], e *ctxcache.Entry[V], age age, level Level, err error, seen *Result[V],
) (answer[V], error) {
	if err == nil && f.serve(ctx, key, &r, e, age, level, seen) {
		return answer[V]{value: e.Value}, nil
	}
	if err != nil {
		r.unread = level == LevelNear && err == ctxcache.ErrMiss
		failed := err
		if err == ctxcache.ErrNotFound && !r.isRecent(&e.Meta) {
			err = ctxcache.ErrMiss
		}
		if r.outage, err = f.goOn(ctx, err); err != nil {
			return answer[V]{}, err
		}
		if r.onlyCached && r.outage {
			return answer[V]{}, failed
		}
	}
	return f.getMissed(ctx, key, r, seen)
}

// judge is serve for an entry whose age is not known yet.
func (f *Function[K, V]) judge(
	ctx context.Context, key K, r *request[K, V], e *ctxcache.Entry[V], level Level, seen *Result[V],
) bool {
	return f.serve(ctx, key, r, e, f.ageOf(&e.Meta, nil), level, seen)
}

// serve reports whether a call returns the entry that it has read from the cache. If it is time for that, a refresh behind
// the caller begins. An entry that the call returns only if the load fails is the standby of r from now on.
func (f *Function[K, V]) serve(
	ctx context.Context, key K, r *request[K, V], e *ctxcache.Entry[V], age age, level Level, seen *Result[V],
) bool {
	r.standby, r.old, r.below = nil, nil, 0
	if !r.isRecent(&e.Meta) {
		age.standing = expired
	}
	switch age.standing {
	case fresh:
		f.saw(seen, &e.Meta, level, WhyHit, nil)
	case due:
		f.saw(seen, &e.Meta, level, WhyAhead, f.refreshBehind(ctx, key, *r, e))
	case stale:
		f.counts.stale.Add(1)
		f.saw(seen, &e.Meta, level, WhyStale, f.refreshBehind(ctx, key, *r, e))
	case fallback:
		r.standby = &standby[V]{*e, level, time.Now().Add(age.left)}
		r.old, r.below = f.oldOf(e), e.TTL
		return false
	default:
		old := *e
		r.old, r.below = &old, e.TTL // another Function may have stored it with a longer window
		return false
	}
	return true
}

// oldOf returns what a load sees as the previous entry, for an entry whose value the call may return. If the cache copies
// values for its callers, the call may modify that value, so the load has another one.
func (f *Function[K, V]) oldOf(e *ctxcache.Entry[V]) *ctxcache.Entry[V] {
	old := *e
	if f.clone != nil {
		old.Value = f.clone(old.Value)
	}
	return &old
}

// refreshBehind refreshes an entry behind the caller, unless that happens already, or has just failed. In this case it
// returns the error.
func (f *Function[K, V]) refreshBehind(ctx context.Context, key K, r request[K, V], e *ctxcache.Entry[V]) error {
	if cooling := f.cooldowns.of(key); cooling != nil {
		return cooling
	}
	if r.onlyCached {
		return nil
	}
	below := max(e.TTL, f.fresh.windowOf(&e.Meta)) // far may have a little more left than a near copy
	f.flights.launch(ctx, key, f.taskOf(request[K, V]{
		source: r.source, since: r.since, behind: true, below: below, old: f.oldOf(e), batch: r.refreshes,
	}))
	return nil
}
