package hitratio_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ctxcache/cached/bench/hitratio"
)

// naive is a policy in its simplest form, for comparison: a slice of keys, the oldest first.
type naive struct {
	capacity int
	keys     []uint64
	touch    func(c *naive, i int) // after a hit on keys[i]
	victim   func(c *naive) int
	insert   func(c *naive, key uint64)

	visited map[uint64]bool // of sieve
	hand    int
	counts  map[uint64]int // of lfu
}

func (c *naive) Access(key uint64) bool {
	if i := slices.Index(c.keys, key); i >= 0 {
		c.touch(c, i)
		return true
	}
	if len(c.keys) == c.capacity {
		i := c.victim(c)
		c.keys = slices.Delete(c.keys, i, i+1)
	}
	c.keys = append(c.keys, key)
	c.insert(c, key)
	return false
}

func (c *naive) toEnd(i int) {
	key := c.keys[i]
	c.keys = append(slices.Delete(c.keys, i, i+1), key)
}

func naivePolicy(name string, capacity int) hitratio.Policy {
	c := &naive{capacity: capacity, visited: map[uint64]bool{}, counts: map[uint64]int{}}
	c.insert = func(*naive, uint64) {}
	switch name {
	case "lru":
		c.touch = (*naive).toEnd
		c.victim = func(*naive) int { return 0 }
	case "fifo":
		c.touch = func(*naive, int) {}
		c.victim = func(*naive) int { return 0 }
	case "lfu":
		c.touch = func(c *naive, i int) { c.counts[c.keys[i]]++; c.toEnd(i) }
		c.insert = func(c *naive, key uint64) { c.counts[key] = 1 }
		c.victim = func(c *naive) int {
			least := slices.MinFunc(c.keys, func(a, b uint64) int { return c.counts[a] - c.counts[b] })
			return slices.Index(c.keys, least)
		}
	case "s3-fifo":
		return &naiveS3FIFO{capacity: capacity, visits: map[uint64]int{}}
	case "sieve":
		c.touch = func(c *naive, i int) { c.visited[c.keys[i]] = true }
		c.insert = func(c *naive, key uint64) { c.visited[key] = false }
		c.victim = sieveVictim
	}
	return c
}

// sieveVictim moves the hand to the first key that was not visited. If that is the newest key, the hand is at the oldest
// key next time, as in the paper, and not at the key that is inserted then.
func sieveVictim(c *naive) int {
	for c.visited[c.keys[c.hand]] {
		c.visited[c.keys[c.hand]] = false
		c.hand = (c.hand + 1) % len(c.keys)
	}
	victim := c.hand
	if victim == len(c.keys)-1 {
		c.hand = 0
	}
	return victim
}

func TestPoliciesAgreeWithNaiveModels(t *testing.T) {
	for _, name := range []string{"lru", "fifo", "lfu", "sieve", "s3-fifo"} {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			largest := 12
			if name == "s3-fifo" {
				largest = 40 // its small queue has more than one place from 20 on
			}
			capacity := rapid.IntRange(1, largest).Draw(t, "capacity")
			p, err := hitratio.New(name, capacity, 1)
			if err != nil {
				t.Fatal(err)
			}
			model := naivePolicy(name, capacity)
			for i, key := range drawKeys(t) {
				if hit, want := p.Access(key), model.Access(key); hit != want {
					t.Fatalf("access %d, of key %d: hit is %v, and the model's is %v", i, key, hit, want)
				}
			}
		}))
	}
}

// drawKeys draws a trace, in which some keys are more popular than others. Its length is drawn first, because rapid draws
// mostly short slices, which would not fill a cache.
func drawKeys(t *rapid.T) []uint64 {
	n := rapid.IntRange(1, 400).Draw(t, "length")
	key := rapid.OneOf(rapid.Uint64Range(0, 5), rapid.Uint64Range(0, 30), rapid.Uint64Range(0, 200))
	return rapid.SliceOfN(key, n, n).Draw(t, "keys")
}
