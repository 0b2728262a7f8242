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
	value, unread, err := f.first(ctx, key)
	if err == nil {
		return answer[V]{value: value}, nil
	}
	outage, err := f.goOn(ctx, err)
	if err != nil {
		return answer[V]{}, err
	}
	return f.getMissed(ctx, key, request[K, V]{source: source, unread: unread, outage: outage})
}

// getMissed gets the value of a key that the cache did not have. It joins the flight of key or starts one.
func (f *Function[K, V]) getMissed(ctx context.Context, key K, r request[K, V]) (answer[V], error) {
	result, how, flight, err := f.flights.do(ctx, key, f.begin(r))
	if how == led || how == recursive {
		return answer[V]{value: f.own(key, flight, result.value, err), missed: !result.read}, err
	}
	if !result.read {
		f.counts.joined.Add(1)
	}
	if gone := ctx.Err(); gone != nil { // ctx ended after the flight, which may have begun before this call
		return answer[V]{missed: true, flight: flight}, gone
	}
	failed := err != nil && !f.opts.isNotFound(err)
	if how == joined && (result.proved || failed) {
		return answer[V]{f.own(key, flight, result.value, err), true, flight}, err
	}
	// The flight began before this call, and its result may have been invalidated before this call: its lease was
	// lost, or its load had ended when this caller came ((6) of singleflight.go). So ask again. A flight that there is
	// now began after this call.
	value, err := f.read(ctx, key)
	if err == nil {
		return answer[V]{value, true, flight}, nil
	}
	r.unread = false
	if errors.Is(err, ctxcache.ErrClosed) && f.refusal.Load() == nil {
		// The cache was closed while the load ran. The call was right when it began, so it gets a value.
		r.outage, err = true, f.count(ctx, err)
	} else {
		r.outage, err = f.goOn(ctx, err)
	}
	if err != nil {
		return answer[V]{missed: true, flight: flight}, err
	}
	result, how, next, err := f.flights.do(ctx, key, f.begin(r))
	if how == joined || how == joinedLate {
		flight = next
	}
	return answer[V]{f.own(key, next, result.value, err), !result.read, flight}, err
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
		if !earlier && (result.proved || result.refreshed || failed) {
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
