package cached

import (
	"context"
	"maps"

	"github.com/ctxcache/cached/ctxcache"
)

// Bulk is [Func] for a source that can be asked for many keys at once. LoadMany gets keys that are different from each
// other, and returns what it has found. A key that it omits is not found, as with ctxcache.ErrNotFound, but only if its
// error is nil and its context has not ended. With a *ctxcache.ManyError it says which keys have failed; of the others,
// those that it has returned are stored, and those that it has omitted fail, too. With any other error, all keys fail, even if
// that is joined with a ManyError.
//
// [Function.GetMany] asks for all its missing keys together, in batches of at most Options.MaxBatch. Each batch takes the
// leases of its keys in one call of the cache, and stores its results in one. It asks only for keys that nobody is loading:
// it waits for the loads of the others. Calls of Get ask for one key, or with Options.CoalesceFor, for all keys that other
// calls ask for at the same time. A batch is one load: it counts once in Stats and needs one slot of Options.MaxLoads.
// A loader that uses [LoadOf] sets something for all results of the batch.
//
// LoadMany may return more than it was asked for. The other values are stored, too, if nobody is loading them, and this
// Function has not invalidated anything meanwhile. There was no lease for them, so a deletion by another process during
// the load is missed.
//
// Bulk panics if cache or loadMany is nil. If the options are invalid, every call returns a ctxcache.ErrOptions.
func Bulk[K comparable, V any](
	cache ctxcache.Cache[K, V], loadMany func(context.Context, []K) (map[K]V, error), opts *Options,
) *Function[K, V] {
	if cache == nil || loadMany == nil {
		panic("cached: Bulk of a nil cache or a nil function")
	}
	f := newFunction(cache, opts)
	f.loadMany = loadMany
	return f
}

// GetMany returns the values of keys, from the cache or from the source. Keys that the source does not have are not in the
// map. A *ctxcache.ManyError names the keys that failed; the others are in the map. If ctx ends, or the call cannot be
// made at all, the error is that alone. A key given twice counts once.
//
// Present, stale, joined and missing keys are treated as in Get, and those that are missing are loaded at the same time. If
// f is made by [Bulk], this takes one read of the cache, one call for the leases, one load, and one call that stores the
// results. Otherwise each missing key is loaded by itself.
func (f *Function[K, V]) GetMany(ctx context.Context, keys []K) (values map[K]V, err error) {
	if err := f.refused(ctxcache.OpGetEntries); err != nil {
		return nil, err
	}
	err = f.observe(ctx, ctxcache.OpGetEntries, func(ctx context.Context) (err error) {
		values, err = f.getMany(ctx, keys)
		return err
	})
	return values, err
}

// GetSlice is GetMany with the values in the order of keys. The value of a key that was not found, or failed, is the zero
// value. A *ctxcache.ManyError names these keys: one that was not found has the error that Get returns.
func (f *Function[K, V]) GetSlice(ctx context.Context, keys []K) ([]V, error) {
	found, err := f.GetMany(ctx, keys)
	many, some := err.(*ctxcache.ManyError[K])
	if err != nil && !some {
		return nil, err
	}
	failed := make(map[K]error)
	values := make([]V, len(keys))
	for i, key := range keys {
		value, ok := found[key]
		values[i] = value
		if !ok {
			failed[key] = f.negative
		}
	}
	if some {
		maps.Copy(failed, many.Failed)
	}
	return values, ctxcache.NewManyError(failed)
}
