package cached

import (
	"context"
	"errors"
	"reflect"

	"github.com/ctxcache/cached/ctxcache"
)

// answer is the result of a call of a Function.
type answer[V any] struct {
	value  V
	missed bool             // the cache had no entry when it was first asked
	flight *call[loaded[V]] // the flight of another caller that this call waited for, or nil
}

// get is Get with a source for this call.
func (f *Function[K, V]) get(ctx context.Context, key K, source source[K, V]) (answer[V], error) {
	if err := f.refused(ctxcache.OpGet); err != nil {
		return answer[V]{}, err
	}
	since := f.since(key)
	value, unread, err := f.first(ctx, key)
	if err == nil {
		return answer[V]{value: value}, nil
	}
	outage, err := f.goOn(ctx, err)
	if err != nil {
		return answer[V]{}, err
	}
	return f.getMissed(ctx, key, request[K, V]{source: source, unread: unread, outage: outage, since: since})
}

// getMissed gets the value of a key that the cache did not have. It joins the flight of key or starts one.
//
// A flight that the call joined may have begun before the call, and its result may have been invalidated before the call.
// If nothing says that it was not, the call asks again. A flight that there is then began after this call.
func (f *Function[K, V]) getMissed(ctx context.Context, key K, r request[K, V]) (answer[V], error) {
	var waited *call[loaded[V]] // another caller's flight
	for again := false; ; again = true {
		result, how, flight, err := f.flights.do(ctx, key, f.begin(r))
		if how == led || how == recursive {
			return answer[V]{f.own(key, flight, result.value, err), !result.read, waited}, err
		}
		waited = flight
		if !again && !result.read {
			f.counts.joined.Add(1)
		}
		if gone := ctx.Err(); gone != nil { // ctx ended after the flight, which may have begun before this call
			return answer[V]{missed: true, flight: flight}, gone
		}
		foreign := result.from != nil && result.from != r.olderFlight() // of a flight that may have ended before this call
		if f.accepts(result, how, err, r.outage) || again && !foreign {
			return answer[V]{f.own(key, flight, result.value, err), !again || !result.read, flight}, err
		}
		r.since = f.since(key)
		value, readErr := f.read(ctx, key)
		if readErr == nil {
			return answer[V]{value, true, flight}, nil
		}
		if !foreign && result.proof != lost {
			r.older = &older[V]{flight, result, err}
		}
		r.unread = false
		if errors.Is(readErr, ctxcache.ErrClosed) && f.refusal.Load() == nil {
			// The cache was closed while the load ran. The call was right when it began, so it gets a value.
			r.outage, readErr = true, f.count(ctx, readErr)
		} else {
			r.outage, readErr = f.goOn(ctx, readErr)
		}
		if readErr != nil {
			return answer[V]{missed: true, flight: flight}, readErr
		}
	}
}

// accepts reports whether a call that came to the result of a flight in this way can have it, so that it need not ask
// again. Outage says that the cache failed this call.
//
// It can if nothing has invalidated the key between the beginning of the load and the call. That is sure if the source
// was asked after the call had begun, or if the lease stood until the end. Without a lease nobody can know of all
// invalidations. Then it is enough that this Function has not invalidated the key, because it would have forgotten the
// flight. An invalidation by another process can be missed for the length of one load.
func (f *Function[K, V]) accepts(result loaded[V], how joining, err error, outage bool) bool {
	switch {
	case err != nil && !f.opts.isNotFound(err): // the load has failed
		return how != joinedLate
	case result.from != nil:
		return false
	case result.outage && outage, !f.caps.Has(ctxcache.CapLease) && result.asked:
		return result.proof != lost
	case how == joinedLate:
		return false
	case how == joinedEarly && result.asked:
		return true
	default:
		return result.proof == proved
	}
}

// refresh is Refresh with a source for this call. It does not accept the result of a flight that began before the call.
// It does not accept the result of a Get's flight either, unless that is proved: a Get may have found the value in the
// cache, and it leaves another holder's lease and the value in the cache alone.
func (f *Function[K, V]) refresh(ctx context.Context, key K, source source[K, V]) (answer[V], error) {
	if err := f.refused(ctxcache.OpRefresh); err != nil {
		return answer[V]{}, err
	}
	r := request[K, V]{source: source, refresh: true}
	for earlier := true; ; earlier = false {
		result, how, flight, err := f.flights.do(ctx, key, f.begin(r))
		if how == led || how == recursive {
			return answer[V]{value: f.own(key, flight, result.value, err), missed: true}, err
		}
		if earlier {
			f.counts.joined.Add(1)
		}
		if gone := ctx.Err(); gone != nil { // ctx ended after the flight, which may have begun before this call
			return answer[V]{missed: true, flight: flight}, gone
		}
		failed := err != nil && !f.opts.isNotFound(err)
		if !earlier && (result.proof == proved || result.refreshed || failed) {
			return answer[V]{f.own(key, flight, result.value, err), true, flight}, err
		}
	}
}

// own returns the value of a flight that the caller may modify, if the cache copies values for its callers: (12) of
// singleflight.go. Value and err are the flight's result. A loader seldom returns a value with an error, and its clone
// function need not know the zero value, such as a nil pointer. So that is not copied then.
func (f *Function[K, V]) own(key K, flight *call[loaded[V]], value V, err error) V {
	if f.clone == nil || err != nil && reflect.ValueOf(&value).Elem().IsZero() || f.flights.last(key, flight) {
		return value
	}
	// Others may copy the value at the same time, and it may still be being stored. Nobody modifies it until all of
	// them have left.
	mine := f.clone(value)
	f.flights.left(key, flight)
	return mine
}
