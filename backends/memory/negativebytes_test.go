package memory_test

import (
	"fmt"
	"testing"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// Absent keys of any length, which strangers may choose, take an eighth of the bytes, and not the places of values.
func TestScanOfLongAbsentKeysLeavesValues(t *testing.T) {
	const bound, values = 1 << 20, 400
	value := func(i int) string { return fmt.Sprintf("value %01000d", i) }
	for _, policy := range everyPolicy() {
		c := memory.New(&memory.Options[string, int]{MaxBytes: bound, Policy: policy})
		for i := range values {
			mustSet(t, c, value(i), i, 0)
		}
		before := bytesIn(t, c)
		for i := range 3000 {
			mustSetNegative(t, c, fmt.Sprintf("absent %01000d", i))
			mustBeNegative(t, c, fmt.Sprintf("absent %01000d", i))
		}
		if cost := bytesIn(t, c) - before; cost > bound/8 || cost < bound/16 {
			t.Errorf("%v: the absent keys cost %d, want about %d", policy, cost, bound/8)
		}
		for i := range values {
			mustGet(t, c, value(i), i)
		}
		mustBeSound(t, c)
		if err := c.Resize(t.Context(), memory.Bounds{Bytes: 2 * bound}); err != nil {
			t.Fatal(err)
		}
		if err := c.Resize(t.Context(), memory.Bounds{Bytes: bound}); err != nil {
			t.Fatal(err)
		}
		mustBeSound(t, c)
	}
}

// An absent key that is longer than its shard's part of the eighth is the only one of the shard.
func TestVeryLongAbsentKey(t *testing.T) {
	c := memory.New(&memory.Options[string, int]{MaxBytes: 1 << 20, Shards: 1})
	long := fmt.Sprintf("%0200000d", 1)
	mustSetNegative(t, c, "short")
	mustSetNegative(t, c, long)
	mustBeNegative(t, c, long)
	mustMiss(t, c, "short")
	mustSetNegative(t, c, "short")
	mustMiss(t, c, long)
	mustBeSound(t, c)
}

func bytesIn(t *testing.T, c *memory.Cache[string, int]) int64 {
	t.Helper()
	cost, err := c.Cost(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return cost
}

// A value takes the place of a negative entry, and the other way round. The costs of negative entries follow.
func TestCostsOfNegativesFollowTheirKeys(t *testing.T) {
	c := memory.New(&memory.Options[string, int]{MaxBytes: 1 << 20, Shards: 1})
	for i := range 10_000 {
		switch key := fmt.Sprint(i % 97); i % 5 {
		case 0, 1:
			mustSet(t, c, key, i, 0)
		case 2, 3:
			mustSetNegative(t, c, key)
		default:
			if err := c.Delete(t.Context(), key); err != nil {
				t.Fatal(err)
			}
		}
		mustBeSound(t, c)
	}
	if err := c.Clear(t.Context(), ctxcache.Scope[string]{}); err != nil {
		t.Fatal(err)
	}
	mustBeSound(t, c)
}
