package cachetest_test

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// brokenStats returns caches whose statistics are wrong.
func brokenStats() []broken {
	telling := func(lie func(s *ctxcache.Stats)) func() cache {
		return func() cache { return restates{newReference(), lie} }
	}
	reads, entries := []string{"Stats/Reads"}, []string{"Stats/Entries"}
	return []broken{
		{name: "counts misses as hits", fails: reads, new: telling(func(s *ctxcache.Stats) {
			s.Hits, s.Misses = s.Hits+s.Misses, 0
		})},
		{name: "counts misses as negative entries", fails: reads, new: telling(func(s *ctxcache.Stats) {
			s.Negatives, s.Misses = s.Negatives+s.Misses, 0
		})},
		{name: "counts every read twice", fails: reads, new: telling(func(s *ctxcache.Stats) {
			s.Hits, s.Negatives, s.Misses = 2*s.Hits, 2*s.Negatives, 2*s.Misses
		})},
		{name: "counts two reads for each", fails: reads, new: telling(func(s *ctxcache.Stats) {
			s.Reads = 2 * (s.Hits + s.Negatives + s.Misses)
		})},
		{name: "counts only hits as reads", fails: reads, new: telling(func(s *ctxcache.Stats) { s.Reads = s.Hits })},
		{name: "stands on a cache with more answers than reads", fails: reads, new: telling(func(s *ctxcache.Stats) {
			s.Children = []ctxcache.Stats{{Name: "child", Reads: 1, Hits: 1, Misses: 1}}
		})},
		{name: "always has seven entries", fails: entries, new: telling(func(s *ctxcache.Stats) { s.Entries = 7 })},
		{name: "counts writes as entries", fails: entries, new: telling(func(s *ctxcache.Stats) { s.Entries = int64(s.Writes) })},
	}
}

// restates has other statistics than it should.
type restates struct {
	*reference
	lie func(s *ctxcache.Stats)
}

func (c restates) Stats(ctx context.Context) (ctxcache.Stats, error) {
	stats, err := c.reference.Stats(ctx)
	c.lie(&stats)
	return stats, err
}
