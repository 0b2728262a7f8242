package memory_test

import (
	"math/rand/v2"
	"testing"

	"github.com/ctxcache/cached/backends/memory"
)

// Entries that are used again and again stay while others pass through once, whichever bound is the tight one.
func TestAdaptiveKeepsWhatIsUsed(t *testing.T) {
	one := func(int, int) int64 { return 1 }
	for name, opts := range map[string]*memory.Options[int, int]{
		"entries":                     {MaxEntries: 200, Shards: 1},
		"cost":                        {MaxCost: 200, Cost: one},
		"cost, with room for more":    {MaxEntries: 10_000, MaxCost: 200, Cost: one, Shards: 1},
		"entries, with cost for more": {MaxEntries: 200, MaxCost: 10_000, Cost: one, Shards: 1},
	} {
		t.Run(name, func(t *testing.T) {
			const hot, rounds = 50, 200
			c := memory.New(opts)
			hits, next := 0, hot
			for range rounds {
				for key := range hot {
					if _, err := c.Get(t.Context(), key); err == nil {
						hits++
					} else {
						mustSet(t, c, key, key, 0)
					}
					for range 3 {
						mustSet(t, c, next, next, 0)
						next++
					}
				}
			}
			if least := hot * rounds * 9 / 10; hits < least {
				t.Errorf("%d of %d reads of used entries hit, want at least %d", hits, hot*rounds, least)
			}
			mustBeSound(t, c)
		})
	}
}

// Entries that pass through once do not enter main because their costs differ: a costly one that leaves makes room for many, and
// small then has more entries than it should.
func TestAdaptiveKeepsWhatIsUsedBesideOtherCosts(t *testing.T) {
	const hot, bound, rounds = 600, 1000, 100
	cost := func(key, _ int) int64 {
		if key >= hot && key%2 == 0 {
			return 20
		}
		return 1
	}
	c := memory.New(&memory.Options[int, int]{MaxCost: bound, Cost: cost, Shards: 1})
	hits, next := 0, hot
	for round := range rounds {
		for key := range hot {
			switch _, err := c.Get(t.Context(), key); {
			case err != nil:
				mustSet(t, c, key, key, 0)
			case round >= rounds/2:
				hits++
			}
			mustSet(t, c, next, next, 0)
			next++
		}
	}
	if least := hot * rounds / 2 * 9 / 10; hits < least {
		t.Errorf("%d of %d reads of used entries hit, want at least %d", hits, hot*rounds/2, least)
	}
	mustBeSound(t, c)
}

// Where recency is everything, the policy comes close to LRU: the popular keys move on all the time, and old popularity is worth
// nothing.
func TestAdaptiveFollowsPopularity(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(random, 1.01, 1, 20_000-1)
	keys := make([]uint64, 200_000)
	for i := range keys {
		keys[i] = zipf.Uint64() + uint64(i)/4
	}
	for _, size := range []int{500, 2_500, 5_000} {
		hits := make(map[memory.Policy]float64)
		for _, policy := range []memory.Policy{memory.LRU, memory.Adaptive} {
			c := memory.New(&memory.Options[uint64, int]{MaxEntries: size, Policy: policy, Shards: 1})
			replay(t, c, keys)
			hits[policy] = mustStats(t, c).HitRate()
		}
		if hits[memory.Adaptive] < hits[memory.LRU]-0.03 {
			t.Errorf("%d entries: the hit rate is %.3f, and that of LRU %.3f", size, hits[memory.Adaptive], hits[memory.LRU])
		}
	}
}

// Keys that are used once more, some time after they came: the policy learns to keep them until then, if a cache of this size
// can. A loop over slightly more keys than fit looks much like that, and still hits.
func TestAdaptiveKeepsWhatIsUsedOnceMore(t *testing.T) {
	const size = 4000
	for _, delay := range []uint64{size / 5, size / 3} {
		c := memory.New(&memory.Options[uint64, int]{MaxEntries: size})
		var keys []uint64
		for key := delay; key < 20*size; key++ {
			keys = append(keys, key, key-delay)
		}
		learning := len(keys) / 5
		replay(t, c, keys[:learning])
		learned := mustStats(t, c)
		replay(t, c, keys[learning:])
		stats := mustStats(t, c)
		if hits, best := int(stats.Hits-learned.Hits), len(keys[learning:])/2; hits < best*95/100 {
			t.Errorf("of %d keys that are used again %d keys later, %d hit", best, delay, hits)
		}
	}
	c := memory.New(&memory.Options[uint64, int]{MaxEntries: size})
	keys := make([]uint64, 40*size)
	for i := range keys {
		keys[i] = uint64(i % (size * 11 / 10))
	}
	replay(t, c, keys)
	if rate := mustStats(t, c).HitRate(); rate < 0.4 {
		t.Errorf("the hit rate of a loop is %.3f", rate)
	}
}

// A cache that was made much larger or smaller goes on as before.
func TestAdaptiveAfterResize(t *testing.T) {
	c := memory.New(&memory.Options[int, int]{MaxEntries: 5000, Shards: 1})
	for round, bound := range []int{5000, 200, 8000, 300, 5000} {
		if err := c.Resize(t.Context(), memory.Bounds{Entries: bound}); err != nil {
			t.Fatal(err)
		}
		for key := range 2 * bound {
			mustSet(t, c, round*100_000+key, key, 0)
			if n := entriesOf(t, c); n > bound {
				t.Fatalf("%d entries, want at most %d", n, bound)
			}
		}
		mustBeSound(t, c)
	}
}
