package cached

import (
	"context"
	"errors"

	"github.com/ctxcache/cached/ctxcache"
)

// answer is what a call of a Function comes back with.
type answer[V any] struct {
	value  V
	missed bool             // the cache did not have it when it was first asked
	flight *call[loaded[V]] // the flight that another caller had begun and this one waited for, or nil
}

// get is Get, with a source for this call.
func (f *Function[K, V]) get(ctx context.Context, key K, source func(context.Context, K) (V, error)) (answer[V], error) {
	if err := f.refused(ctxcache.OpGet); err != nil {
		return answer[V]{}, err
	}
	value, err := f.cache.Get(ctx, key)
	if err == nil {
		return answer[V]{value: value}, nil
	}
	if err := f.goOn(ctx, err); err != nil {
		return answer[V]{}, err
	}
	return f.getMissed(ctx, key, source)
}

// getMissed gets what the cache did not have.
func (f *Function[K, V]) getMissed(
	ctx context.Context, key K, source func(context.Context, K) (V, error),
) (answer[V], error) {
	result, how, flight, err := f.flights.do(ctx, key, f.loader(key, source, false))
	if how == led {
		return answer[V]{value: result.value, missed: true}, err
	}
	f.counts.joined.Add(1)
	if gone := ctx.Err(); gone != nil { // since the flight ended: what that brought is not proved to be good for this call
		return answer[V]{missed: true, flight: flight}, gone
	}
	failed := err != nil && !errors.Is(err, ctxcache.ErrNotFound)
	if errors.Is(err, ErrRecursiveLoad) || how == joined && (result.proved || failed) {
		return answer[V]{result.value, true, flight}, err
	}
	// The flight had begun before this call, and its result may have been invalidated before this call, too:
	// its lease was lost, or its load was over when this caller came. So once more; whatever flight there is by
	// now began later than this call.
	value, err := f.cache.Get(ctx, key)
	if err == nil {
		return answer[V]{value, true, flight}, nil
	}
	if err := f.goOn(ctx, err); err != nil {
		return answer[V]{missed: true, flight: flight}, err
	}
	result, how, next, err := f.flights.do(ctx, key, f.loader(key, source, false))
	if how != led {
		flight = next
	}
	return answer[V]{result.value, true, flight}, err
}

// refresh is Refresh, with a source for this call. A flight that had begun before the call will not do, nor one that
// found the value in the cache.
func (f *Function[K, V]) refresh(
	ctx context.Context, key K, source func(context.Context, K) (V, error),
) (answer[V], error) {
	if err := f.refused(ctxcache.OpRefresh); err != nil {
		return answer[V]{}, err
	}
	for earlier := true; ; earlier = false {
		result, how, flight, err := f.flights.do(ctx, key, f.loader(key, source, true))
		if how == led {
			return answer[V]{value: result.value, missed: true}, err
		}
		f.counts.joined.Add(1)
		if gone := ctx.Err(); gone != nil { // since the flight ended, which may be the earlier one
			return answer[V]{missed: true, flight: flight}, gone
		}
		if errors.Is(err, ErrRecursiveLoad) || !earlier && (err != nil || result.fresh) {
			return answer[V]{result.value, true, flight}, err
		}
	}
}

// goOn returns nil if a call is to go on to the source after the cache has answered with err, and otherwise the call's
// error.
func (f *Function[K, V]) goOn(ctx context.Context, err error) error {
	switch {
	case err == ctxcache.ErrMiss:
		return nil
	case err == ctxcache.ErrNotFound:
		return err
	case errors.Is(err, ctxcache.ErrCorrupt):
		return nil // what is loaded will overwrite it
	}
	return f.report(ctx, err)
}

// report counts a failure of the cache, lets OnCacheError hear of it, and returns what it means for the call: nil to go
// on, or the call's error. A done context is the caller's, not the cache's. A cache that was built from invalid options,
// or closed, will not recover: that is the call's error.
func (f *Function[K, V]) report(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, ctxcache.ErrOptions) || errors.Is(err, ctxcache.ErrClosed) {
		return err
	}
	f.counts.errors.Add(1)
	if f.opts.OnCacheError != nil {
		f.opts.OnCacheError(ctx, err)
	}
	if f.opts.Strict {
		return err
	}
	return nil
}
