package memory_test

import (
	"slices"
	"testing"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// A value that takes the place of many others is stored, and the others leave, however many they are.
func TestHugeValue(t *testing.T) {
	for _, policy := range everyPolicy() {
		t.Run(policy.String(), func(t *testing.T) {
			evicted := 0
			c := memory.New(&memory.Options[int, int]{
				MaxCost: 3000, Cost: func(_, value int) int64 { return int64(value) }, Policy: policy,
				OnEvict: func(_, _ int, cause memory.Cause) {
					if cause == memory.Evicted {
						evicted++
					}
				},
			})
			for key := range 3000 {
				mustSet(t, c, key, 1, 0)
			}
			mustSet(t, c, -1, 2900, 0)
			mustGet(t, c, -1, 2900)
			if cost, err := c.Cost(t.Context()); cost != 3000 || evicted != 2900 || err != nil {
				t.Errorf("Cost = %d, %v, after %d evictions; want 3000 after 2900", cost, err, evicted)
			}
			_, lease, err := c.GetLease(t.Context(), -2, 0)
			if err != ctxcache.ErrMiss {
				t.Fatal(err)
			}
			if err := c.Fill(t.Context(), -2, lease, ctxcache.NewEntry(3000, 0)); err != nil {
				t.Fatal(err)
			}
			mustGet(t, c, -2, 3000)
			mustBeSound(t, c)
		})
	}
}

// A write that makes room in portions counts as one miss of its key, not as one for each portion. So the policy remembers that
// the key was used before.
func TestHugeValueIsOneMiss(t *testing.T) {
	const bound = 1000
	c := costly(memory.Options[int, int]{MaxCost: bound, Shards: 1})
	for key := range bound + bound/2 {
		mustSet(t, c, key, 1, 0)
	}
	entries := c.Entries()
	evicted := 0
	for slices.Contains(entries, evicted) {
		evicted++
	}
	mustSet(t, c, evicted, bound*9/10, 0)
	if heat := c.Heat(evicted); heat != 2 {
		t.Errorf("the heat of a key that came back is %d, want 2", heat)
	}
	mustBeSound(t, c)
}
