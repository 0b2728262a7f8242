package hitratio_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ctxcache/cached/bench/hitratio"
)

// With ten keys, the target of S is one key, and a table of young ghosts has one.
func TestAdaptiveStepByStep(t *testing.T) {
	c := hitratio.NewAdaptive(10, 1)
	for _, step := range []struct {
		key         uint64
		hit         bool
		share       float64
		small, main int
		why         string
	}{
		{1, false, 0.1, 1, 0, "the first key enters S"},
		{2, false, 0.1, 1, 1, "while there is room, overflow of S moves to M"},
		{3, false, 0.1, 1, 2, ""},
		{4, false, 0.1, 1, 3, ""},
		{5, false, 0.1, 1, 4, ""},
		{6, false, 0.1, 1, 5, ""},
		{7, false, 0.1, 1, 6, ""},
		{8, false, 0.1, 1, 7, ""},
		{9, false, 0.1, 1, 8, ""},
		{10, false, 0.1, 2, 8, "the cache is full, so nothing overflows"},
		{11, false, 0.1, 1, 9, "S is above its target, so 9 moves to M; then 10 is evicted, because it was seen once"},
		{10, false, 0.2, 2, 8, "S has just evicted 10, so the target is two keys, and M evicts 1"},
		{2, true, 0.2, 2, 8, "a hit moves nothing"},
		{1, false, 0.1, 1, 9, "M has just evicted 1, so the target is one key: 11 moves to M; 10 was seen twice, and replaces 3"},
		{2, true, 0.1, 1, 9, "the hit spared 2"},
		{3, false, 0.01, 1, 9, "M has just evicted 3, and the share has a lower bound; 1 was seen twice, and replaces 4"},
		{4, false, 0.01, 1, 9, "M has just evicted 4, and the share is at its bound; 3 was seen twice, and replaces 5"},
	} {
		if hit := c.Access(step.key); hit != step.hit {
			t.Fatalf("access to %d: hit is %v: %s", step.key, hit, step.why)
		}
		if math.Abs(c.Share()-step.share) > 1e-9 || c.SmallLen() != step.small || c.MainLen() != step.main {
			t.Fatalf("after %d: share %v, |S| = %d, |M| = %d, not %v, %d, %d: %s",
				step.key, c.Share(), c.SmallLen(), c.MainLen(), step.share, step.small, step.main, step.why)
		}
	}
}

// fill makes a full cache, by accesses to the keys 1 to n.
func fill(c *hitratio.Adaptive, n uint64) {
	for key := range n {
		c.Access(key + 1)
	}
}

// After an epoch, the keys of M have the frequency 0, and the keys of the scan have 1. That does not suffice. One key in 256
// has the fingerprint of a ghost, and seems to come back.
func TestAdaptiveResistsScans(t *testing.T) {
	c := hitratio.NewAdaptive(10, 1)
	fill(c, 10)
	for key := range uint64(300) {
		c.Access(1000 + key)
	}
	stayed := 0
	for key := range uint64(8) {
		if c.Access(key + 1) {
			stayed++
		}
	}
	if stayed < 6 {
		t.Errorf("of 8 keys in M, %d stayed", stayed)
	}
}

// Frequencies age, so keys that were popular leave M for keys that are read now.
func TestAdaptiveForgetsOldPopularity(t *testing.T) {
	c := hitratio.NewAdaptive(10, 1)
	for range 20 {
		fill(c, 15)
		fill(c, 5)
	}
	for range 50 {
		for key := range uint64(20) {
			c.Access(1000 + key)
		}
	}
	for key := range uint64(15) {
		if c.Access(key + 1) {
			t.Errorf("%d is still there", key+1)
		}
	}
}

// S has ten keys, so a hit counts if six keys were inserted since, and does not if there were three.
func TestAdaptiveDoesNotCountBursts(t *testing.T) {
	for insertions, stays := range map[uint64]bool{0: false, 3: false, 6: true, 8: true} {
		c := hitratio.NewFixedShare(20, 0.5, 1)
		fill(c, 40)
		c.Access(500)
		for key := range insertions {
			c.Access(600 + key)
		}
		if !c.Access(500) {
			t.Fatalf("500 is gone after %d keys", insertions)
		}
		for key := range uint64(20) {
			c.Access(700 + key)
		}
		if got := c.Access(500); got != stays {
			t.Errorf("after a hit that %d insertions precede, 500 stays: %v", insertions, got)
		}
	}
}

func TestAdaptiveKeepsItsInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		capacity := rapid.IntRange(1, 40).Draw(t, "capacity")
		c := hitratio.NewAdaptive(capacity, rapid.Uint64().Draw(t, "seed"))
		full := false
		for _, key := range drawKeys(t) {
			before := c.Share()
			c.Access(key)
			size := c.SmallLen() + c.MainLen()
			if size > capacity || full && size < capacity {
				t.Fatalf("%d keys are in a cache for %d; it was full: %v", size, capacity, full)
			}
			full = size == capacity
			if c.Share() < hitratio.MinShare || c.Share() > hitratio.MaxShare {
				t.Fatalf("the share is %v", c.Share())
			}
			if step := math.Abs(c.Share() - before); step > 3/float64(capacity)+1e-9 {
				t.Fatalf("one access moved the share by %v", step)
			}
			if !c.Access(key) {
				t.Fatalf("key %d is not cached after its access", key)
			}
		}
	})
}

func TestSeedsChangeOnlyHashes(t *testing.T) {
	trace, err := hitratio.Generators[0].Trace(1)
	if err != nil {
		t.Fatal(err)
	}
	trace.Keys = trace.Keys[:20_000]
	for _, name := range hitratio.Names[1:] {
		var hits []int
		for _, seed := range []uint64{1, 1, 2, 3} {
			p, err := hitratio.New(name, 200, seed)
			if err != nil {
				t.Fatal(err)
			}
			hits = append(hits, hitratio.Run(p, trace).Hits)
		}
		if hits[0] != hits[1] {
			t.Errorf("%s: one seed has %d hits and %d hits", name, hits[0], hits[1])
		}
		if spread := slices.Max(hits) - slices.Min(hits); spread > len(trace.Keys)/50 {
			t.Errorf("%s: hits of different seeds differ by %d", name, spread)
		}
	}
}
