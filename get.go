package cached

import (
	"context"
	"errors"

	"github.com/ctxcache/cached/ctxcache"
)

// answer is the result of a call of a Function.
type answer[V any] struct {
	value  V
	missed bool             // the cache had no entry when it was first asked
	flight *call[loaded[V]] // the flight of another caller that this call waited for, or nil
}

// get is Get with a source for this call.
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

// getMissed gets the value of a key that the cache did not have. It joins the flight of key or starts one.
func (f *Function[K, V]) getMissed(
	ctx context.Context, key K, source func(context.Context, K) (V, error),
) (answer[V], error) {
	result, how, flight, err := f.flights.do(ctx, key, f.loader(key, source, false))
	if how == led || how == recursive {
		return answer[V]{value: result.value, missed: true}, err
	}
	f.counts.joined.Add(1)
	if gone := ctx.Err(); gone != nil { // ctx ended after the flight, which may have begun before this call
		return answer[V]{missed: true, flight: flight}, gone
	}
	failed := err != nil && !errors.Is(err, ctxcache.ErrNotFound)
	if how == joined && (result.proved || failed) {
		return answer[V]{result.value, true, flight}, err
	}
	// The flight began before this call, and its result may have been invalidated before this call: its lease was
	// lost, or its load had ended when this caller came ((6) of singleflight.go). So ask again. A flight that there is
	// now began after this call.
	value, err := f.cache.Get(ctx, key)
	if err == nil {
		return answer[V]{value, true, flight}, nil
	}
	if err := f.goOn(ctx, err); err != nil {
		return answer[V]{missed: true, flight: flight}, err
	}
	result, how, next, err := f.flights.do(ctx, key, f.loader(key, source, false))
	if how == joined || how == joinedLate {
		flight = next
	}
	return answer[V]{result.value, true, flight}, err
}

// refresh is Refresh with a source for this call. It does not accept the result of a flight that began before the call.
// It does not accept the result of a Get's flight either, unless that is proved: a Get may have found the value in the
// cache, and it leaves another holder's lease and the value in the cache alone.
func (f *Function[K, V]) refresh(
	ctx context.Context, key K, source func(context.Context, K) (V, error),
) (answer[V], error) {
	if err := f.refused(ctxcache.OpRefresh); err != nil {
		return answer[V]{}, err
	}
	for earlier := true; ; earlier = false {
		result, how, flight, err := f.flights.do(ctx, key, f.loader(key, source, true))
		if how == led || how == recursive {
			return answer[V]{value: result.value, missed: true}, err
		}
		if earlier {
			f.counts.joined.Add(1)
		}
		if gone := ctx.Err(); gone != nil { // ctx ended after the flight, which may have begun before this call
			return answer[V]{missed: true, flight: flight}, gone
		}
		failed := err != nil && !errors.Is(err, ctxcache.ErrNotFound)
		if !earlier && (result.proved || result.refreshed || failed) {
			return answer[V]{result.value, true, flight}, err
		}
	}
}

// goOn decides what a call does after the cache has returned err. It returns nil if the call should ask the source, and
// otherwise the error of the call.
func (f *Function[K, V]) goOn(ctx context.Context, err error) error {
	switch {
	case err == ctxcache.ErrMiss:
		return nil
	case err == ctxcache.ErrNotFound:
		return err
	case errors.Is(err, ctxcache.ErrCorrupt):
		return nil // the loaded value will overwrite it
	}
	return f.report(ctx, err)
}

// report counts a failure of the cache and passes it to OnCacheError. It returns nil if the call should go on, and
// otherwise the error of the call. If ctx is done, that is not a failure of the cache, and report returns the context's
// error. A cache that is closed, has invalid options or refuses the key will not recover, so the call returns that error.
func (f *Function[K, V]) report(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, ctxcache.ErrOptions) || errors.Is(err, ctxcache.ErrClosed) || errors.Is(err, ctxcache.ErrKey) {
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
