package cached

import (
	"context"
	"errors"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// visit is how one call gets the value of a key that the cache did not have. The call joins the flight of the key or
// starts one. If it has a stale value as a standby, it returns that if the load fails, or is slow.
//
// A flight that the call joined may have begun before the call, and its result may have been invalidated before the
// call. If nothing says that it was not, the call asks again. A flight that there is then began after this call.
type visit[K comparable, V any] struct {
	request[K, V]

	f    *Function[K, V]
	key  K
	seen *Result[V] // as in getAged

	limit  time.Duration    // how long the call waits for a flight
	again  bool             // the call has asked again
	reread bool             // the call must read the cache once more, before it goes on
	check  *ending[V]       // it reads the cache because of its standby, and goes on with this; otherwise nil
	waited *call[loaded[V]] // another caller's flight
}

// ending is how a flight has ended for a call that has a standby. If no lease shows whether that is still in the cache, the
// call reads the cache before it returns it.
type ending[V any] struct {
	result  loaded[V]
	how     joining
	flight  *call[loaded[V]]
	err     error
	standby *standby[V] // that the call returns if the cache does not answer, unless it is known to be gone
}

// begin reports whether the call has its answer before it has asked, because the key cools down, or the call does not load.
func (v *visit[K, V]) begin(ctx context.Context) (a answer[V], done bool, err error) {
	v.limit = v.f.patienceOf(v.standby)
	if v.refresh || v.bypass {
		return a, false, nil
	}
	cooling := v.f.cooldowns.of(v.key)
	if cooling != nil && v.unread { // the far level may have a value
		value, found, err := v.f.readAgain(ctx, v.key, &v.request, v.f.limits.read, v.seen)
		if found || err != nil {
			return answer[V]{value: value, missed: true}, true, err
		}
		v.limit = v.f.patienceOf(v.standby)
	}
	switch {
	case cooling != nil && v.standby != nil:
		return v.f.standIn(v.standby, nil, cooling, v.seen), true, nil
	case v.onlyCached:
		return answer[V]{missed: true}, true, ctxcache.ErrMiss
	case cooling != nil:
		return answer[V]{missed: true}, v.f.opts.ErrorCooldown > 0, cooling
	default:
		return a, false, nil
	}
}

// took looks at how a flight has ended for the call. It reports whether the call has its answer.
func (v *visit[K, V]) took(ctx context.Context, ended ending[V]) (a answer[V], done bool, _ error) {
	f, result := v.f, &ended.result
	if ended.how.waited() {
		if v.waited == nil && !result.read && !result.skipped {
			f.counts.joined.Add(1)
		}
		v.waited = ended.flight
	}
	if gone := ctx.Err(); gone != nil { // ctx ended after the flight, which may have begun before this call
		return answer[V]{missed: true, flight: v.waited}, true, gone
	}
	if v.standby != nil && (ended.err == errImpatient || f.hasFailed(result, ended.err)) {
		if hasLostStandby(ended.flight, result) || !result.leased {
			check := ended
			check.standby = v.standby
			v.reread, v.check = true, &check
			return answer[V]{missed: true, flight: v.waited}, false, nil
		}
	}
	return v.end(ctx, &ended)
}

// end is took after it is known whether the standby of the call is still in the cache.
func (v *visit[K, V]) end(ctx context.Context, ended *ending[V]) (a answer[V], done bool, _ error) {
	f, result, err := v.f, &ended.result, ended.err
	if (err == errImpatient || f.hasFailed(result, err)) && v.standby.usable() {
		return f.standIn(v.standby, v.waited, err, v.seen), true, nil
	}
	if err == errImpatient { // the stale value is of no use any more
		v.standby, v.limit = nil, noLimit
		return a, false, nil
	}
	waited := ended.how.waited()
	if !result.skipped && (!waited || v.accepts(result, ended.how, err)) {
		v.forgetInRequest(ctx)
		if v.refresh && result.unsettled != nil {
			return answer[V]{missed: true, flight: v.waited}, true, result.unsettled
		}
		f.sawFlight(v.seen, result, waited)
		if result.read && err == nil {
			e := ctxcache.Entry[V]{Value: result.value, Meta: result.meta}
			if f.fresh.ageOf(&e.Meta, f.pace.expected()).standing == due {
				f.saw(v.seen, &e.Meta, f.levelBelow(), WhyAhead, f.refreshBehind(ctx, v.key, v.request, &e))
			}
		}
		value := f.own(v.key, ended.flight, result, err)
		return answer[V]{value, waited && !v.again || !result.read, v.waited}, true, err
	}
	if v.refresh { // there is nothing to read
		v.again = true
		return a, false, nil
	}
	if !v.isForeign(result) && !result.skipped && result.proof != lost && v.isRecent(&result.meta) {
		v.older = &older[V]{ended.flight, *result, err}
	}
	v.reread = true
	return answer[V]{missed: true, flight: v.waited}, false, nil
}

// readAgain reads the cache once more for a call whose reread is set. It reports whether the call has its answer.
func (v *visit[K, V]) readAgain(ctx context.Context) (a answer[V], done bool, _ error) {
	value, found, err := v.f.readAgain(ctx, v.key, &v.request, v.readLimit(), v.seen)
	if found || err != nil {
		v.reread = false
		return answer[V]{value, true, v.waited}, true, err
	}
	return v.hasReread(ctx)
}

// readLimit returns how long the call waits for the cache when it reads it once more, or 0 if it waits as long as it takes.
// A call whose patience with its load is over waits briefly, even if the cache limits itself.
func (v *visit[K, V]) readLimit() time.Duration {
	if v.check != nil && v.check.err == errImpatient {
		return remoteRead
	}
	return v.f.limits.read
}

// hasReread goes on after the call has read the cache once more, and found nothing that it can return at once.
func (v *visit[K, V]) hasReread(ctx context.Context) (a answer[V], done bool, _ error) {
	v.reread = false
	if ended := v.check; ended != nil {
		v.check = nil
		if v.outage && !hasLostStandby(ended.flight, &ended.result) {
			v.standby = ended.standby
		}
		return v.end(ctx, ended)
	}
	v.limit, v.again = v.f.patienceOf(v.standby), true
	return v.begin(ctx)
}

// readAgain reads the cache once more for a call that cannot have the result of the flight that it waited for. It
// reports whether the call has its value. Otherwise the call goes on with r. Limit is as in look.
func (f *Function[K, V]) readAgain(
	ctx context.Context, key K, r *request[K, V], limit time.Duration, seen *Result[V],
) (value V, found bool, err error) {
	r.forgetRead(f.since(key))
	if f.fresh == nil && seen == nil && r.notBefore.IsZero() {
		if value, err = f.read(ctx, key); err == nil {
			return value, true, nil
		}
	} else {
		var e ctxcache.Entry[V]
		if e, err = f.readEntryWithin(ctx, key, limit); err == nil {
			return e.Value, f.judge(ctx, key, r, &e, f.levelBelow(), seen), nil
		}
		if err == ctxcache.ErrNotFound && !r.isRecent(&e.Meta) {
			err = ctxcache.ErrMiss
		}
	}
	if errors.Is(err, ctxcache.ErrClosed) && f.refusal.Load() == nil {
		// The cache was closed while the load ran. The call was right when it began, so it gets a value.
		r.outage = true
		return value, false, f.count(ctx, err)
	}
	r.outage, err = f.goOn(ctx, err)
	return value, false, err
}

// isForeign reports whether a result is from a flight that may have ended before this call.
func (v *visit[K, V]) isForeign(result *loaded[V]) bool {
	return result.from != nil && result.from != v.olderFlight()
}

// accepts reports whether the call, which came to the result of another caller's flight in this way, can have it, so that
// it need not ask again.
//
// It can if nothing has invalidated the key between the beginning of the load and the call. That is sure if the source
// was asked after the call had begun, or if the lease stood until the end. Without a lease nobody can know of all
// invalidations. Then it is enough that this Function has not invalidated the key, because it would have forgotten the
// flight. An invalidation by another process can be missed for the length of one load.
//
// A refresh needs a flight that began after the call, and has not taken its result from an older one. It does not accept the
// result of a Get's flight either, unless that is proved: a Get may have found the value in the cache, and it leaves another
// holder's lease and the value in the cache alone.
func (v *visit[K, V]) accepts(result *loaded[V], how joining, err error) bool {
	f := v.f
	failed := err != nil && !f.opts.isNotFound(err)
	switch {
	case v.refresh:
		return v.again && !v.isForeign(result) && (result.proof == proved || result.refreshed || failed)
	case failed:
		return how != joinedLate || v.again && !v.isForeign(result)
	case !v.isRecent(&result.meta):
		return false
	case v.again && !v.isForeign(result):
		return true
	case result.from != nil:
		return false
	case result.outage && v.outage, !f.caps.Has(ctxcache.CapLease) && result.asked:
		return result.proof != lost
	case how == joinedLate:
		return false
	case how == joinedEarly && result.asked:
		return true
	default:
		return result.proof == proved
	}
}
