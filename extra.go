package cached

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// extraOf returns the entries for what a bulk loader has returned beyond the keys that it was asked for. It is called before
// the callers have their answer, because the loader may use its map again after that.
func (f *Function[K, V]) extraOf(
	asked []*loading[K, V], found map[K]V, err error, handle *Load[V], began time.Time,
) map[K]ctxcache.Entry[V] {
	if errorsOf[K](err).rest != nil {
		return nil
	}
	ttl, near, storable := handle.life(f.opts.TTL)
	if !storable {
		return nil
	}
	wanted := make(map[K]bool, len(asked))
	for _, l := range asked {
		wanted[l.key] = true
	}
	entries := make(map[K]ctxcache.Entry[V])
	for key, value := range found {
		if !wanted[key] && ctxcache.CheckKey(key) == nil && !f.flights.has(key) {
			e := ctxcache.Entry[V]{Value: value, Meta: f.fresh.stored(f.opts.jittered(ttl))}
			e.NearTTL, e.Written = near, began
			entries[key] = e
		}
	}
	return entries
}

// storeExtraBehind stores extra entries behind the callers, who have what they asked for. Close waits for it. Since is the
// number of invalidations when the loader was asked. If this Function has invalidated anything since, nothing is stored,
// because the values may be older. A deletion after that ends the lease.
func (f *Function[K, V]) storeExtraBehind(ctx context.Context, entries map[K]ctxcache.Entry[V], since uint64) {
	if ctx.Err() != nil || len(entries) == 0 || f.behind.full() || !f.loads.enter() {
		return
	}
	f.behind.inside.Add(1)
	go func() {
		defer f.loads.leave()
		defer f.behind.inside.Add(-1)
		defer func() {
			if r := recover(); r != nil { // nobody else hears of it
				f.mention(context.WithoutCancel(ctx), newPanicError(r))
			}
		}()
		keys := slices.Collect(maps.Keys(entries))
		// OnCacheError hears of a failure. The callers have what they asked for.
		_ = f.settle(ctx, ctxcache.OpFillMany, func(ctx context.Context) error {
			if !f.caps.Has(ctxcache.CapLease) {
				return f.storeExtraUnleased(ctx, entries, keys, since)
			}
			return f.fillExtra(ctx, entries, keys, since)
		})
	}()
}

// fillExtra stores the entries whose keys are absent, and nobody else is loading.
func (f *Function[K, V]) fillExtra(ctx context.Context, entries map[K]ctxcache.Entry[V], keys []K, since uint64) error {
	_, leases, err := f.cache.GetLeases(ctx, keys, 0)
	for key := range entries {
		if !leases[key].Granted() {
			delete(entries, key)
			delete(leases, key)
		}
	}
	if len(leases) == 0 {
		return ctxcache.UnlessLost[K](err)
	}
	if f.invalidations.Load() != since {
		return errors.Join(err, ctxcache.UnlessLost[K](f.cache.ReleaseMany(ctx, leases)))
	}
	failed := ctxcache.UnlessLost[K](f.cache.FillMany(ctx, entries, leases))
	if failed != nil {
		failed = errors.Join(failed, ctxcache.UnlessLost[K](f.cache.ReleaseMany(ctx, leases)))
	}
	return errors.Join(err, failed)
}

// storeExtraUnleased is fillExtra for a cache without leases. It looks before and after it stores, and a Delete waits for it:
// see storeUnleased.
func (f *Function[K, V]) storeExtraUnleased(
	ctx context.Context, entries map[K]ctxcache.Entry[V], keys []K, since uint64,
) error {
	begun := f.flights.beginStores(keys)
	defer f.flights.endStores(begun...)
	if f.invalidations.Load() != since { // looked at after beginStores, so that each Delete is either seen here or waits
		return nil
	}
	err := f.cache.SetEntries(ctx, entries)
	outlasted := func(store *store[K]) bool { return store.forgotten.Load() } // a newer store
	if f.invalidations.Load() != since || slices.ContainsFunc(begun, outlasted) {
		return errors.Join(err, f.repair(ctx, func(ctx context.Context) error { return f.cache.DeleteMany(ctx, keys) }))
	}
	return err
}
