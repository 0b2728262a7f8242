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
		{
			Name: "Stats/Reads",
			Rule: "each read counts once, if reads count, and an absent key is a miss; no cache counts more answers than reads",
			run:  runStatsReads,
		},
		{Name: "Stats/Entries", Rule: "Entries is the number of values that are there, or -1", run: runStatsEntries},
	})
}

// runStatsReads reads absent keys, then values, and then negative entries. A counter that a cache does not have stays
// zero, and it may count late. Below a layer that seals negative entries, they count as hits. Caches under the cache may
// count more reads, because a layer may read for itself.
func runStatsReads(p *probe) {
	before := p.stats()
	var most ctxcache.Stats
	read := func(key string) (reads uint64) {
		p.Helper()
		for _, r := range readers {
			if r.reportsValue && r.needs == 0 { // with a lease, a read may count or not
				r.read(p, key)
				reads++
			}
		}
		most.Reads += reads
		return reads
	}
	for _, key := range []string{"absent", "another", "a third"} {
		most.Misses += read(key)
	}
	p.countsAtMost(most, before)
	p.set("key", "value")
	most.Hits += read("key")
	p.countsAtMost(most, before)
	if p.caps.Has(ctxcache.CapNegative) {
		p.setNegative("gone")
		most.Negatives += read("gone")
		p.countsAtMost(most, before)
	}
}

// countsAtMost ends the case if the cache has counted more reads than most since before.
func (p *probe) countsAtMost(most, before ctxcache.Stats) {
	p.Helper()
	now := p.stats()
	for _, counter := range []struct {
		name              string
		now, before, most uint64
	}{
		{"Reads", now.Reads, before.Reads, most.Reads},
		{"Hits and Negatives", now.Hits + now.Negatives, before.Hits + before.Negatives, most.Hits + most.Negatives},
		{"Negatives", now.Negatives, before.Negatives, most.Negatives},
		{"Misses", now.Misses, before.Misses, most.Misses},
	} {
		if more := counter.now - counter.before; more > counter.most {
			p.stops("%s of %q has grown by %d, want at most %d", counter.name, now.Name, more, counter.most)
		}
	}
	p.addsUp(now)
}

// addsUp ends the case if a cache in the tree has counted more answers than reads.
func (p *probe) addsUp(s ctxcache.Stats) {
	p.Helper()
	if answers := s.Hits + s.Negatives + s.Misses; s.Reads > 0 && answers > s.Reads {
		p.stops("%q has counted %d answers to %d reads", s.Name, answers, s.Reads)
	}
	for _, child := range s.Children {
		p.addsUp(child)
	}
}

func runStatsEntries(p *probe) {
	before := p.stats().Entries
	if before < 0 {
		return
	}
	added := func(n int64) {
		p.Helper()
		p.await(p.patience, func() bool { return p.stats().Entries == before+n },
			"after %v, Entries is still not %d: there are %d values, and it was %d without them", before+n, n, before)
	}
	for _, key := range []string{"a", "b", "c", "a"} {
		p.set(key, "value")
	}
	added(3)
	p.ok(p.cache.Delete(p.ctx, "b"), "Delete")
	added(2)
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
