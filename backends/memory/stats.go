package memory

import (
	"context"
	"sync/atomic"

	"github.com/ctxcache/cached/ctxcache"
)

// counters count events in a shard. Readers that share the lock of the shard change the atomic ones. The lock guards the
// others. The guard counts hits.
type counters struct {
	writes, evictions                          uint64
	misses, tests                              atomic.Uint64
	negatives, deletes, fillsLost, expirations uint64
}

// Stats returns the counters since the cache was made, summed over the shards, and the present number of values.
// Deletes counts only deletions of entries that were there. Clear does not add to it. Errors does not count calls whose
// context was done. SizeCurve is nil unless Options.SizeCurve is set.
func (c *Cache[K, V]) Stats(ctx context.Context) (ctxcache.Stats, error) {
	total := ctxcache.Stats{Name: kind}
	for i := range c.shards {
		s := &c.shards[i]
		if err := c.expireAll(ctx, ctxcache.OpStats, s); err != nil {
			return ctxcache.Stats{}, err
		}
		total.Tests += s.count.tests.Load()
		total.Hits += s.mu.hitCount()
		total.Negatives += s.count.negatives
		total.Misses += s.count.misses.Load()
		total.Writes += s.count.writes
		total.Deletes += s.count.deletes
		total.FillsLost += s.count.fillsLost
		total.Evictions += s.count.evictions
		total.Expirations += s.count.expirations
		total.Entries += int64(s.values)
		s.unlock()
	}
	total.Reads = total.Hits + total.Negatives + total.Misses
	total.Errors = c.errors.Load()
	if cv := c.curve.Load(); cv != nil {
		total.SizeCurve = cv.points(total.Hits+total.Negatives, total.Reads)
	}
	return total, nil
}
