package memory_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// negative is a negative entry.
func negative(ttl time.Duration) ctxcache.Entry[int] {
	return ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true, TTL: ttl}}
}

func mustSetNegative[K comparable](t testing.TB, c *memory.Cache[K, int], key K) {
	if err := c.SetEntry(t.Context(), key, negative(0)); err != nil {
		t.Helper()
		t.Fatalf("SetEntry(%v): %v", key, err)
	}
}

func mustBeNegative[K comparable](t testing.TB, c *memory.Cache[K, int], key K) {
	t.Helper()
	if _, err := c.Get(t.Context(), key); err != ctxcache.ErrNotFound {
		t.Fatalf("Get(%v): %v, want ErrNotFound", key, err)
	}
}

// mustEvict checks how many entries c has evicted so far.
func mustEvict[K comparable](t testing.TB, c *memory.Cache[K, int], want uint64) {
	t.Helper()
	if stats, err := c.Stats(t.Context()); err != nil || stats.Evictions != want {
		t.Fatalf("%d evictions, %v; want %d", stats.Evictions, err, want)
	}
}

// scan looks for count absent keys from first on, as a loader does that caches what it does not find. It stores one half
// with leases.
func scan(t testing.TB, c *memory.Cache[int, int], first, count int) {
	t.Helper()
	for key := first; key < first+count; key++ {
		if key%2 == 0 {
			mustSetNegative(t, c, key)
			continue
		}
		_, lease, err := c.GetLease(t.Context(), key, 0)
		if err != ctxcache.ErrMiss {
			t.Fatalf("GetLease(%d): %v, want ErrMiss", key, err)
		}
		if err := c.Fill(t.Context(), key, lease, negative(0)); err != nil {
			t.Fatalf("Fill(%d): %v", key, err)
		}
	}
}

// found returns how many of count keys from first on have a value, and how many a negative entry.
func found(t testing.TB, c *memory.Cache[int, int], first, count int) (values, negatives int) {
	t.Helper()
	for key := first; key < first+count; key++ {
		switch _, err := c.Get(t.Context(), key); err {
		case nil:
			values++
		case ctxcache.ErrNotFound:
			negatives++
		case ctxcache.ErrMiss:
		default:
			t.Fatal(err)
		}
	}
	return values, negatives
}

// alike is the cost of a value in caches where an entry of any kind costs the same.
func alike(int, int) int64 { return 1 }

const anEighth = 256 // of 2048

// A scan of absent keys leaves the present ones, in any order of eviction, with any bound.
func TestScanOfAbsentKeysLeavesValues(t *testing.T) {
	const bound, limit, scanned = 2048, anEighth, 4 * 2048
	for _, policy := range policies {
		for name, test := range map[string]struct {
			opts   memory.Options[int, int]
			values int
		}{
			"MaxEntries, 1 shard":  {memory.Options[int, int]{MaxEntries: bound, Shards: 1}, bound - limit},
			"MaxEntries, 8 shards": {memory.Options[int, int]{MaxEntries: bound, Shards: 8}, bound / 2},
			"MaxCost, 1 shard":     {memory.Options[int, int]{MaxCost: bound, Cost: alike}, bound - limit},
			"MaxCost, 8 shards":    {memory.Options[int, int]{MaxCost: bound, Cost: alike, Shards: 8}, bound / 2},
			"both, 1 shard":        {memory.Options[int, int]{MaxEntries: bound, MaxCost: 2 * bound, Cost: alike}, bound - limit},
			"both, the other way":  {memory.Options[int, int]{MaxEntries: 2 * bound, MaxCost: bound, Cost: alike}, bound - limit},
		} {
			t.Run(fmt.Sprint(policy, " ", name), func(t *testing.T) {
				opts := test.opts
				opts.Policy = policy
				opts.OnEvict = func(key, _ int, cause memory.Cause) { t.Errorf("value %d was %v", key, cause) }
				c := memory.New(&opts)
				for key := range test.values {
					mustSet(t, c, key, key, 0)
				}
				scan(t, c, bound, scanned)
				if values, _ := found(t, c, 0, test.values); values != test.values {
					t.Errorf("%d values are left of %d", values, test.values)
				}
				if _, negatives := found(t, c, bound, scanned); negatives != limit {
					t.Errorf("%d negative entries, want %d", negatives, limit)
				}
				mustEvict(t, c, scanned-limit)
				mustBeSound(t, c)
			})
		}
	}
}

// A cache that is full of values gives negative entries the places of as many values as the limit says, and no more.
func TestScanOfAbsentKeysInAFullCache(t *testing.T) {
	const bound, limit = 2048, anEighth
	for _, policy := range policies {
		for _, shards := range []int{1, 8} {
			t.Run(fmt.Sprint(policy, shards), func(t *testing.T) {
				c := memory.New(&memory.Options[int, int]{MaxEntries: bound, Policy: policy, Shards: shards})
				for key := range 4 * bound { // so that every shard is full
					mustSet(t, c, key, key, 0)
				}
				scan(t, c, 4*bound, 10*bound)
				values, negatives := found(t, c, 0, 14*bound)
				if values < bound-limit || negatives > limit || negatives == 0 || values+negatives != bound {
					t.Errorf("%d values and %d negative entries, want at least %d and at most %d", values, negatives, bound-limit, limit)
				}
				mustBeSound(t, c)
			})
		}
	}
}

// The limits of the shards add up to the limit of the cache, and no shard is without a part.
func TestNegativesOverShards(t *testing.T) {
	unlimited := memory.Unbounded
	for _, test := range []struct {
		name               string
		opts               *memory.Options[int, int]
		wantShards, limits int // 0 shards: as many as the CPUs want
	}{
		{"default", nil, 0, 1250},
		{"default of a small cache", &memory.Options[int, int]{MaxEntries: 7}, 1, 1},
		{"default of one entry", &memory.Options[int, int]{MaxEntries: 1}, 1, 1},
		{"default, odd", &memory.Options[int, int]{MaxEntries: 8007, Shards: 16}, 16, 1000},
		{"default, less than one for each shard", &memory.Options[int, int]{MaxEntries: 100, Shards: 64}, 64, 64},
		{"set", &memory.Options[int, int]{MaxEntries: 1000, Shards: 8, MaxNegative: 501}, 8, 501},
		{"set, without a bound", &memory.Options[int, int]{MaxEntries: unlimited, Shards: 8, MaxNegative: 501}, 8, 501},
		{"set, by cost", &memory.Options[int, int]{MaxCost: 1000, Cost: alike, Shards: 8, MaxNegative: 501}, 8, 501},
		{"less than the shards", &memory.Options[int, int]{MaxEntries: 1000, Shards: 8, MaxNegative: 3}, 2, 3},
		{"one", &memory.Options[int, int]{MaxEntries: 1000, Shards: 8, MaxNegative: 1}, 1, 1},
		{"too few to divide", &memory.Options[int, int]{MaxEntries: unlimited, MaxNegative: 63}, 1, 63},
		{"enough for two shards", &memory.Options[int, int]{MaxEntries: unlimited, MaxNegative: 64}, 2, 64},
		{"none", &memory.Options[int, int]{MaxEntries: 1000, Shards: 8, MaxNegative: memory.NoNegatives}, 8, 0},
		{"as many as fit", &memory.Options[int, int]{MaxEntries: 1001, Shards: 8, MaxNegative: 1001}, 8, 1001},
		{"more than fit", &memory.Options[int, int]{MaxEntries: 1001, Shards: 8, MaxNegative: math.MaxInt}, 8, 1001},
		{"as many as the cost allows", &memory.Options[int, int]{MaxCost: 1001, Cost: alike, MaxNegative: math.MaxInt}, 1, 1001},
		{"no bound", &memory.Options[int, int]{MaxEntries: unlimited}, 0, 20_000},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := memory.New(test.opts)
			if got := c.Shards(); test.wantShards != 0 && got != test.wantShards {
				t.Errorf("%d shards, want %d", got, test.wantShards)
			}
			const keys = 20_000
			scan(t, c, 0, keys)
			if _, negatives := found(t, c, 0, keys); negatives != test.limits {
				t.Errorf("%d negative entries, want %d", negatives, test.limits)
			}
			mustBeSound(t, c)
		})
	}
}

// The least recently used negative entry leaves. A use is what it is for the policies.
func TestUsedNegativesStay(t *testing.T) {
	type cache = *memory.Cache[string, int]
	ctx := t.Context()
	for way, test := range map[string]struct {
		use  func(c cache) error
		gone string
	}{
		"nothing":  {func(cache) error { return nil }, "a"},
		"Contains": {func(c cache) error { _, err := c.Contains(ctx, "a"); return err }, "a"},
		"Get":      {func(c cache) error { _, err := c.Get(ctx, "a"); return err }, "b"},
		"GetEntry": {func(c cache) error { _, err := c.GetEntry(ctx, "a"); return err }, "b"},
		"GetEntries": {func(c cache) error {
			_, err := c.GetEntries(ctx, []string{"a"})
			return err
		}, "b"},
		"GetLease":  {func(c cache) error { _, _, err := c.GetLease(ctx, "a", 0); return err }, "b"},
		"GetLeases": {func(c cache) error { _, _, err := c.GetLeases(ctx, []string{"a"}, 0); return err }, "b"},
		"SetEntry":  {func(c cache) error { return c.SetEntry(ctx, "a", negative(0)) }, "b"},
	} {
		for _, policy := range append([]memory.Policy{0}, policies...) {
			t.Run(fmt.Sprint(way, policy), func(t *testing.T) {
				c := memory.New(&memory.Options[string, int]{MaxEntries: memory.Unbounded, MaxNegative: 2, Policy: policy})
				mustSet(t, c, "value", 1, 0)
				mustSetNegative(t, c, "a")
				mustSetNegative(t, c, "b")
				if err := test.use(c); err != nil && err != ctxcache.ErrNotFound {
					t.Fatal(err)
				}
				mustSetNegative(t, c, "c")
				mustMiss(t, c, test.gone)
				for _, key := range []string{"a", "b", "c"} {
					if key != test.gone {
						mustBeNegative(t, c, key)
					}
				}
				mustGet(t, c, "value", 1)
				mustEvict(t, c, 1)
				mustBeSound(t, c)
			})
		}
	}
}
