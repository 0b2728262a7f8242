package cachetest

import (
	"strings"

	"github.com/ctxcache/cached/ctxcache"
)

// statsCases are about counters.
func statsCases() []Case {
	return needing(ctxcache.CapStats, []Case{
		{Name: "Stats/Print", Rule: "statistics print as a table with a line for each cache", run: func(p *probe) {
			p.set("key", "value")
			p.holds("key", "value")
			stats := p.stats()
			if table := stats.String(); strings.Count(table, "\n") != countCaches(stats) {
				p.stops("statistics of %d caches print as\n%s", countCaches(stats), table)
			}
		}},
		{Name: "Stats/HitRate", Rule: "a hit rate is between 0 and 1", run: func(p *probe) {
			p.set("key", "value")
			p.holds("key", "value")
			p.empty("absent")
			if rate := p.stats().HitRate(); rate < 0 || rate > 1 {
				p.stops("hit rate %v, want it from 0 to 1", rate)
			}
		}},
		{Name: "Stats/Monotone", Rule: "counters never go down", run: func(p *probe) {
			p.set("key", "value")
			before := p.stats()
			p.holds("key", "value")
			p.empty("absent")
			p.set("key", "other")
			p.ok(p.cache.Delete(p.ctx, "key"), "Delete")
			p.notBelow(p.stats(), before)
		}},
	})
}

func (p *probe) stats() ctxcache.Stats {
	p.Helper()
	stats, err := ctxcache.GetStats(p.ctx, p.cache)
	p.ok(err, "Stats")
	return stats
}

// countCaches returns the number of caches in the tree.
func countCaches(s ctxcache.Stats) int {
	n := 1
	for _, child := range s.Children {
		n += countCaches(child)
	}
	return n
}

// counters returns the counters, which may only grow.
func counters(s ctxcache.Stats) []uint64 {
	return []uint64{
		s.Tests, s.Reads, s.Hits, s.Negatives, s.Misses, s.Writes, s.Deletes, s.Errors, s.Evictions, s.Expirations, s.Loads, s.Joined,
	}
}

// notBelow ends the case if a counter in the tree went down, or if the tree has changed its shape.
func (p *probe) notBelow(after, before ctxcache.Stats) {
	p.Helper()
	if after.Name != before.Name || len(after.Children) != len(before.Children) {
		p.stops("the statistics were for %q with %d children, and are now for %q with %d",
			before.Name, len(before.Children), after.Name, len(after.Children))
	}
	earlier := counters(before)
	for i, count := range counters(after) {
		if count < earlier[i] {
			p.stops("a counter of %q went down, from %d to %d", after.Name, earlier[i], count)
		}
	}
	for i := range after.Children {
		p.notBelow(after.Children[i], before.Children[i])
	}
}
