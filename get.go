package cached

import (
	"context"
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
	if d := ctxcache.DirectivesOf(ctx); d != nil {
		return f.getDirected(ctx, key, source, d, nil)
	}
	if f.fresh != nil {
		return f.getAged(ctx, key, source, nil)
	}
	if err := f.refused(ctxcache.OpGet); err != nil {
		return answer[V]{}, err
	}
	since := f.since(key)
	value, unread, err := f.first(ctx, key)
	if err == nil {
		return answer[V]{value: value}, nil
	}
	return f.getAfter(ctx, key, source, since, unread, err)
}

// getAfter is get after the cache has been read, and has returned err. It is a function of its own, so that a hit does not
// pay for it. Since and unread are as in request.
func (f *Function[K, V]) getAfter(
	ctx context.Context, key K, source source[K, V], since uint64, unread bool, err error,
) (answer[V], error) {
	outage, err := f.goOn(ctx, err)
	if err != nil {
		return answer[V]{}, err
	}
	return f.getMissed(ctx, key, request[K, V]{source: source, unread: unread, outage: outage, since: since}, nil)
}

// getMissed gets the value of a key that the cache did not have. Seen is as in getAged.
func (f *Function[K, V]) getMissed(ctx context.Context, key K, r request[K, V], seen *Result[V]) (answer[V], error) {
	v := visit[K, V]{f: f, key: key, request: r, seen: seen}
	a, done, err := v.begin(ctx)
	for !done {
		result, how, flight, flightErr := f.flights.do(ctx, key, v.limit, v.bypass, f.taskOf(v.request))
		for a, done, err = v.took(ctx, ending[V]{result: result, how: how, flight: flight, err: flightErr}); v.reread; {
			a, done, err = v.readAgain(ctx)
		}
	}
	return a, err
}

// refresh is Refresh with a source for this call. Seen is as in getAged.
func (f *Function[K, V]) refresh(
	ctx context.Context, key K, source source[K, V], seen *Result[V],
) (answer[V], error) {
	if err := f.refused(ctxcache.OpRefresh); err != nil {
		return answer[V]{}, err
	}
	f.cooldowns.end(key)
	return f.getMissed(ctx, key, request[K, V]{source: source, refresh: true}, seen)
}

// own returns the value of a flight that the caller may modify, if the cache copies values for its callers: (12) of
// singleflight.go. Result and err are the flight's. A loader seldom returns a value with an error, and its clone function
// need not know the zero value, such as a nil pointer. So that is not copied then.
func (f *Function[K, V]) own(key K, flight *call[loaded[V]], result *loaded[V], err error) V {
	value := result.value
	if f.clone == nil || err != nil && reflect.ValueOf(&value).Elem().IsZero() {
		return value
	}
	// A bulk loader may have returned the value for other keys, too. And callers of an older flight have its result.
	if f.loadMany == nil && result.from == nil && f.flights.last(key, flight) {
		return value
	}
	// Others may copy the value at the same time, and it may still be being stored. Nobody modifies it until all of
	// them have left. A caller that takes a result to a newer flight does not leave.
	mine := f.clone(value)
	f.flights.left(key, flight)
	return mine
}
