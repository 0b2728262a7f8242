package memory_test

import (
	"context"
	"errors"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

func TestInvalidOptions(t *testing.T) {
	type options = memory.Options[string, int]
	for name, opts := range map[string]*options{
		"MaxEntries, MaxBytes, MemoryShare or MaxCost, or set MaxEntries to memory.Unbounded": {},
		"MaxEntries":     {MaxEntries: memory.Unbounded - 1},
		"MaxCost":        {MaxCost: -1, Cost: func(string, int) int64 { return 1 }},
		"MaxNegative is": {MaxEntries: 1, MaxNegative: -1},
		"MaxNegative":    {MaxEntries: memory.Unbounded, MaxNegative: memory.NoNegatives + 1},
		"MaxCost needs":  {MaxCost: 1},
		"Cost needs":     {MaxEntries: memory.Unbounded, Cost: func(string, int) int64 { return 1 }},
		"SizeCurve":      {MaxEntries: memory.Unbounded, SizeCurve: true},
		"Policy":         {MaxEntries: 1, Policy: memory.Adaptive + 1},
		"Shards":         {MaxEntries: 1, Shards: -1},
		"Shards is":      {MaxEntries: 1, Shards: 1<<16 + 1},
		"TTL":            {MaxEntries: 1, TTL: -time.Second},
		"LeaseTTL":       {MaxEntries: 1, LeaseTTL: ctxcache.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			err := opts.Validate()
			if !errors.Is(err, ctxcache.ErrOptions) || !strings.Contains(err.Error(), name) {
				t.Fatalf("Validate: %v, want ErrOptions that names %s", err, name)
			}
			c := memory.New(opts)
			for call, err := range everyCall(t.Context(), c) {
				if !errors.Is(err, ctxcache.ErrOptions) || !strings.Contains(err.Error(), name) {
					t.Errorf("%s: %v, want ErrOptions that names %s", call, err, name)
				}
			}
			for call, err := range everyEnd(t.Context(), c, ctxcache.Lease{}) {
				if !errors.Is(err, ctxcache.ErrOptions) || !strings.Contains(err.Error(), name) {
					t.Errorf("%s: %v, want ErrOptions that names %s", call, err, name)
				}
			}
			if err := c.Close(); !errors.Is(err, ctxcache.ErrOptions) {
				t.Errorf("Close: %v, want ErrOptions", err)
			}
		})
	}
}

func TestValidOptions(t *testing.T) {
	type options = memory.Options[string, int]
	for name, opts := range map[string]*options{
		"nil":       nil,
		"by both":   {MaxEntries: 1, MaxCost: 1, Cost: func(string, int) int64 { return 1 }},
		"by cost":   {MaxEntries: memory.Unbounded, MaxCost: 1, Cost: func(string, int) int64 { return 1 }},
		"unbounded": {MaxEntries: memory.Unbounded},
		"negatives": {MaxEntries: 1, MaxNegative: math.MaxInt},
		"none":      {MaxEntries: memory.Unbounded, MaxNegative: memory.NoNegatives},
		"large":     {MaxEntries: math.MaxInt, Shards: 1 << 16, TTL: ctxcache.NoExpiry, LeaseTTL: ctxcache.NoExpiry},
	} {
		if err := opts.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		c := memory.New(opts)
		mustSet(t, c, "a", 1, 0)
		mustGet(t, c, "a", 1)
	}
}

// Nil options are a bound, too: nobody fills the memory without having said so.
func TestDefaultBound(t *testing.T) {
	const bound = 10_000
	c := memory.New[int, int](nil)
	for key := range 2 * bound {
		mustSet(t, c, key, key, 0)
	}
	if n, err := ctxcache.Len(t.Context(), c); err != nil || n != bound {
		t.Errorf("Len = %d, %v; want %d", n, err, bound)
	}
}

func TestUnbounded(t *testing.T) {
	const entries = 100_000
	c := memory.New(&memory.Options[int, int]{MaxEntries: memory.Unbounded})
	for key := range entries {
		mustSet(t, c, key, key, 0)
	}
	if n, err := ctxcache.Len(t.Context(), c); err != nil || n != entries {
		t.Errorf("Len = %d, %v; want %d", n, err, entries)
	}
}

func TestShardCount(t *testing.T) {
	for _, test := range []struct {
		why                      string
		cpus, maxEntries, shards int
		maxCost                  int64
		want                     int
	}{
		{"32 a CPU", 4, memory.Unbounded, 0, 0, 128},
		{"32 a CPU, rounded up", 3, memory.Unbounded, 0, 0, 128},
		{"any three keys find room", 4, 3, 0, 0, 1},
		{"no more than 256, however many CPUs", 64, memory.Unbounded, 0, 0, 256},
		{"two shards would have less than 256 entries each", 4, 511, 0, 0, 1},
		{"two shards have 256 entries each", 4, 512, 0, 0, 2},
		{"four shards would have less than 256 entries each", 4, 1023, 0, 0, 2},
		{"32 shards of the default have 312 entries each", 4, 10_000, 0, 0, 32},
		{"16 shards would have less than 65,536 of the costs each", 4, memory.Unbounded, 0, 1<<20 - 1, 8},
		{"a large bound does not limit the shards", 4, 1_000_000, 0, 0, 128},
		{"as wished", 4, memory.Unbounded, 1, 0, 1},
		{"rounded up", 4, memory.Unbounded, 5, 0, 8},
		{"as wished, whatever the bound", 4, 100, 64, 0, 64},
		{"128 shards would be more than entries", 4, 100, 65, 0, 64},
		{"four shards would be more than entries", 4, 3, 4, 0, 2},
		{"one entry has one shard", 4, 1, 64, 0, 1},
		{"16 shards have 65,536 of the costs each", 4, memory.Unbounded, 0, 1 << 20, 16},
		{"a small bound of costs has one shard", 4, memory.Unbounded, 0, 1 << 16, 1},
		{"with MaxCost, no MaxEntries is no bound of them", 4, 0, 2, 1_000_000, 2},
		{"as wished, for smaller values", 4, memory.Unbounded, 8, 1_000_000, 8},
		{"no shard is without room", 4, 1000, 8, 6, 4},
	} {
		t.Run(test.why, func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(test.cpus))
			var cost func(int, int) int64
			if test.maxCost > 0 {
				cost = func(int, int) int64 { return 1 }
			}
			c := memory.New(&memory.Options[int, int]{
				MaxEntries: test.maxEntries, Shards: test.shards, MaxCost: test.maxCost, Cost: cost,
			})
			if got := c.Shards(); got != test.want {
				t.Errorf("MaxEntries %d, Shards %d: %d shards, want %d", test.maxEntries, test.shards, got, test.want)
			}
		})
	}
}

// everyEnd calls every method that ends leases and stores nothing, and returns the errors.
func everyEnd(ctx context.Context, c *memory.Cache[string, int], lease ctxcache.Lease) map[string]error {
	return map[string]error{
		"Release":     c.Release(ctx, "a", lease),
		"ReleaseMany": c.ReleaseMany(ctx, map[string]ctxcache.Lease{"a": lease}),
		"Drop":        c.Drop(ctx, "a", lease),
	}
}

// everyCall calls every other method that can fail, and returns the errors.
func everyCall(ctx context.Context, c *memory.Cache[string, int]) map[string]error {
	errs := make(map[string]error)
	_, errs["Get"] = c.Get(ctx, "a")
	errs["Set"] = c.Set(ctx, "a", 1, 0)
	errs["Set with a negative TTL"] = c.Set(ctx, "a", 1, -1)
	errs["Delete"] = c.Delete(ctx, "a")
	_, errs["Contains"] = c.Contains(ctx, "a")
	_, errs["Remove"] = c.Remove(ctx, "a")
	_, errs["GetEntry"] = c.GetEntry(ctx, "a")
	errs["SetEntry"] = c.SetEntry(ctx, "a", ctxcache.Entry[int]{})
	_, errs["GetEntries"] = c.GetEntries(ctx, []string{"a"})
	_, errs["GetEntries of nothing"] = c.GetEntries(ctx, nil)
	errs["SetEntries"] = c.SetEntries(ctx, map[string]ctxcache.Entry[int]{"a": {}})
	errs["DeleteMany"] = c.DeleteMany(ctx, []string{"a"})
	_, _, errs["GetLease"] = c.GetLease(ctx, "a", 0)
	_, _, errs["GetLeases"] = c.GetLeases(ctx, []string{"a"}, 0)
	errs["Fill"] = c.Fill(ctx, "a", ctxcache.Lease{}, ctxcache.Entry[int]{})
	errs["FillMany"] = c.FillMany(ctx, map[string]ctxcache.Entry[int]{"a": {}}, nil)
	_, errs["Len"] = c.Len(ctx, ctxcache.Scope[string]{})
	errs["Clear"] = c.Clear(ctx, ctxcache.Scope[string]{})
	for _, err := range c.Keys(ctx, ctxcache.Scope[string]{}) {
		errs["Keys"] = err
	}
	_, errs["Stats"] = c.Stats(ctx)
	_, errs["Cost"] = c.Cost(ctx)
	_, _, errs["Evict"] = c.Evict(ctx)
	return errs
}
