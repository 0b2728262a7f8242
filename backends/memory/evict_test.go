package memory_test

import (
	"math/rand/v2"
	"testing"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// Over any number of shards, with and without an order, Evict returns every entry once, and then ErrMiss.
func TestEvictAll(t *testing.T) {
	for _, opts := range []*memory.Options[int, int]{
		nil,
		{MaxEntries: memory.Unbounded, Shards: 8},
		{Shards: 8, MaxEntries: 1000},
		{MaxEntries: memory.Unbounded, Shards: 4, Policy: memory.RR},
		{MaxEntries: memory.Unbounded, Shards: 1, Policy: memory.LFU},
	} {
		c := memory.New(opts)
		const entries = 50
		for key := range entries {
			mustSet(t, c, key, key+1, 0)
		}
		seen := make(map[int]bool)
		for range entries {
			key, e, err := c.Evict(t.Context())
			if err != nil || seen[key] || e != ctxcache.NewEntry(key+1, ctxcache.NoExpiry) {
				t.Fatalf("Evict = %d, %v, %v; want an entry that was there", key, e, err)
			}
			seen[key] = true
			mustMiss(t, c, key)
			mustBeSound(t, c)
		}
		if _, _, err := c.Evict(t.Context()); err != ctxcache.ErrMiss {
			t.Errorf("Evict of an empty cache: %v, want ErrMiss", err)
		}
		if stats, err := c.Stats(t.Context()); err != nil || stats.Evictions != entries {
			t.Errorf("%d evictions, %v; want %d", stats.Evictions, err, entries)
		}
	}
}

// What was evicted can still be filled, as after any eviction.
func TestEvictLeavesLeases(t *testing.T) {
	c := memory.New[string, int](nil)
	mustSet(t, c, "a", 1, 0)
	lease := mustLease(t, c, "a", ctxcache.NoExpiry)
	if _, _, err := c.Evict(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.Fill(t.Context(), "a", lease, ctxcache.Entry[int]{Value: 2}); err != nil {
		t.Fatal(err)
	}
	mustGet(t, c, "a", 2)
}

// Whatever has happened before, chance has as many choices as there are entries, and each evicts another one.
func TestEachPickIsAnotherEntry(t *testing.T) {
	const entries = 20
	evicted := make(map[int]bool)
	for pick := range entries {
		c := memory.New(&memory.Options[int, int]{MaxEntries: memory.Unbounded, Policy: memory.RR, Shards: 1})
		c.SetPick(func(n int) int {
			if n != entries {
				t.Fatalf("a choice of %d, want one of %d", n, entries)
			}
			return pick
		})
		random := rand.New(rand.NewPCG(1, 2)) // the same history each time
		for here := 0; here < entries; {
			key := random.IntN(100)
			if has, err := c.Contains(t.Context(), key); err != nil {
				t.Fatal(err)
			} else if !has {
				mustSet(t, c, key, key, 0)
				here++
			} else if random.IntN(2) == 0 {
				if err := c.Delete(t.Context(), key); err != nil {
					t.Fatal(err)
				}
				here--
			}
		}
		key, _, err := c.Evict(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		evicted[key] = true
	}
	if len(evicted) != entries {
		t.Errorf("%d picks evict %d different entries", entries, len(evicted))
	}
}

func TestPolicyString(t *testing.T) {
	for policy, want := range map[memory.Policy]string{
		memory.LRU: "LRU", memory.FIFO: "FIFO", memory.LFU: "LFU", memory.MRU: "MRU", memory.RR: "RR",
		0: "default", 99: "Policy(99)",
	} {
		if got := policy.String(); got != want {
			t.Errorf("%d prints as %q, want %q", uint8(policy), got, want)
		}
	}
}
