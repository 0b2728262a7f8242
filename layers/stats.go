package layers

import (
	"context"
	"errors"

	"github.com/ctxcache/cached/ctxcache"
)

// Stats returns a cache that passes every operation on to inner and counts it. [ctxcache.GetStats] returns the
// counters, and name is their name in its table. To count a hit takes a few nanoseconds, without a lock or an
// allocation.
//
//   - Reads is the number of values asked for; a call for many keys counts once for each key. Hits, Negatives and
//     Misses are how many reads had that answer. A read that failed is not among the three.
//   - Tests is the number of keys that Contains was asked about. If inner does not support Contains, these count as
//     reads, because Contains then calls Get.
//   - Writes is the number of values and negative entries stored. Deletes is the number of keys deleted, whether or not
//     they were present. Clear counts in neither.
//   - Errors is the number of calls that failed; a call for many keys counts once for each key that failed. Misses,
//     ErrLeaseLost, errors.ErrUnsupported and calls that the caller cancelled do not count. A missed deadline counts,
//     because the cache was too slow, unless it had passed before the call.
//   - Corrupt is the number of values that were read, or that Contains looked at, and could not be understood. They count
//     as Errors, too. Timeouts is the number of calls that servers did not answer in time ([ctxcache.ErrTimeout]).
//   - FillsLost is the number of values that a Fill did not store, because its lease was lost.
//
// The caches below count the rest. They are the children of these statistics, if they count anything. Entries is the
// child's.
func Stats[K comparable, V any](inner ctxcache.Cache[K, V], name string) ctxcache.Cache[K, V] {
	need("Stats", "an inner cache", inner != nil)
	about := ctxcache.Description{Kind: "stats", Name: name}
	s := &stats[K, V]{
		inner:   inner,
		entries: ctxcache.Entries(inner),
		name:    name,
		tally:   tally[K]{newCounters()},
	}
	s.Observed = ctxcache.NewObserved(inner, about, &s.tally)
	return s
}

// ResetStats sets the counters of c to zero, if [Stats] has made c. The counters of the caches below do not change. For
// any other cache it returns [errors.ErrUnsupported]. Do not reset counters that are exported as metrics: metrics
// should only count up.
func ResetStats[K comparable, V any](c ctxcache.Cache[K, V]) error {
	s, ok := c.(*stats[K, V])
	if !ok {
		return errors.ErrUnsupported
	}
	s.tally.reset()
	return nil
}

type stats[K comparable, V any] struct {
	ctxcache.Observed[K, V, bool]
	inner   ctxcache.Cache[K, V]
	entries ctxcache.EntryCache[K, V] // inner
	name    string
	tally   tally[K]
}

// Get and GetEntry do not use Observed: with it a hit of the memory cache would take twice as long.
func (s *stats[K, V]) Get(ctx context.Context, key K) (V, error) {
	done := ctx.Err() != nil
	value, err := s.inner.Get(ctx, key)
	s.tally.read(err, done)
	return value, err
}

func (s *stats[K, V]) GetEntry(ctx context.Context, key K) (e ctxcache.Entry[V], err error) {
	done := ctx.Err() != nil
	e, err = s.entries.GetEntry(ctx, key)
	s.tally.read(err, done)
	return e, err
}

// Supports returns the inner cache's capabilities and CapStats.
func (s *stats[K, V]) Supports() ctxcache.Cap { return s.Observed.Supports() | ctxcache.CapStats }

// Stats returns the counts since the last reset, with the statistics of the caches below as children. If a cache below
// fails to report its own, or ctx is done, Stats returns the counts that it could get together with the error: they are
// needed most when something fails.
func (s *stats[K, V]) Stats(ctx context.Context) (ctxcache.Stats, error) {
	done := ctx.Err()
	own := s.tally.stats()
	own.Name = s.name
	all, err := ctxcache.StatsUnder(ctx, own, s)
	if done != nil {
		err = done // bare, whatever the caches below made of it
	}
	return all, err
}
