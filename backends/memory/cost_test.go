package memory_test

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

func mustCost[K comparable, V any](t *testing.T, c *memory.Cache[K, V], want int64) {
	t.Helper()
	if got, err := c.Cost(t.Context()); err != nil || got != want {
		t.Fatalf("Cost = %d, %v; want %d", got, err, want)
	}
}

// length is the usual cost of strings.
func length(key, value string) int64 { return int64(len(key) + len(value)) }

// What cannot be stored is not, and neither is the older value left to be read. A lease on the key is lost, unless it
// was the lease that tried.
func TestRefusedValues(t *testing.T) {
	ctx := context.Background()
	entry := func(value int) ctxcache.Entry[int] { return ctxcache.Entry[int]{Value: value} }
	type cache = *memory.Cache[string, int]
	for value, want := range map[int]error{101: memory.ErrTooLarge, math.MaxInt: memory.ErrTooLarge, -1: memory.ErrCost} {
		for way, write := range map[string]func(cache, ctxcache.Lease) error{
			"Set":      func(c cache, _ ctxcache.Lease) error { return c.Set(ctx, "a", value, 0) },
			"SetEntry": func(c cache, _ ctxcache.Lease) error { return c.SetEntry(ctx, "a", entry(value)) },
			"SetEntries": func(c cache, _ ctxcache.Lease) error {
				return c.SetEntries(ctx, map[string]ctxcache.Entry[int]{"a": entry(value), "b": entry(2)})
			},
			"Fill": func(c cache, lease ctxcache.Lease) error { return c.Fill(ctx, "a", lease, entry(value)) },
			"FillMany": func(c cache, lease ctxcache.Lease) error {
				return c.FillMany(ctx, map[string]ctxcache.Entry[int]{"a": entry(value)}, map[string]ctxcache.Lease{"a": lease})
			},
		} {
			var departed []departure
			c := memory.New(&memory.Options[string, int]{
				MaxCost: 100,
				Cost:    func(_ string, value int) int64 { return int64(value) },
				OnEvict: func(key string, value int, cause memory.Cause) {
					departed = append(departed, departure{key, value, cause})
				},
			})
			mustSet(t, c, "a", 1, 0)
			mustSet(t, c, "b", 2, 0)
			lease := mustLease(t, c, "a", ctxcache.NoExpiry)

			err := write(c, lease)
			var failure *ctxcache.Error
			if !errors.Is(err, want) || !errors.As(err, &failure) || failure.Layer != "memory" {
				t.Errorf("%s of %d: %v, want %v of memory", way, value, err, want)
			}
			mustMiss(t, c, "a")
			mustGet(t, c, "b", 2)
			mustCost(t, c, 2)
			if len(departed) == 0 || departed[0] != (departure{"a", 1, memory.Replaced}) && way != "SetEntries" {
				t.Errorf("%s of %d: OnEvict heard of %v, want that a was replaced", way, value, departed)
			}
			wantFill := ctxcache.ErrLeaseLost
			if way == "Fill" || way == "FillMany" {
				wantFill = nil
			}
			if err := c.Fill(ctx, "a", lease, entry(3)); err != wantFill {
				t.Errorf("Fill after a %s that failed: %v, want %v", way, err, wantFill)
			}
			mustBeSound(t, c)
		}
	}
}

// All shards together fill the bound exactly and do not exceed it. One shard may take all of it.
func TestCostOverShards(t *testing.T) {
	const bound = 1003
	for _, policy := range everyPolicy() {
		c := memory.New(&memory.Options[int, int]{
			MaxCost: bound, Shards: 4, Policy: policy, Cost: func(_, value int) int64 { return int64(value) },
		})
		for key := range 10_000 {
			mustSet(t, c, key, 1, 0)
		}
		mustCost(t, c, bound)
		for _, value := range []int{250, 252, 900, bound} { // one shard cannot give as much
			mustSet(t, c, value, value, 0)
			mustGet(t, c, value, value)
			mustBeSound(t, c)
		}
		mustCost(t, c, bound)
		if err := c.Set(t.Context(), 1, bound+1, 0); !errors.Is(err, memory.ErrTooLarge) {
			t.Errorf("Set of a value that costs more than all may: %v", err)
		}
		mustBeSound(t, c)
	}
}

// One value may take all of MaxCost.
func TestCostOfOneValue(t *testing.T) {
	c := memory.New(&memory.Options[string, string]{MaxEntries: 1 << 20, MaxCost: 10, Cost: length})
	mustSet(t, c, "a", "1", 0)
	mustSet(t, c, "b", "123456789", 0)
	mustMiss(t, c, "a")
	mustGet(t, c, "b", "123456789")
}

func TestLargestBound(t *testing.T) {
	c := memory.New(&memory.Options[int, int]{
		MaxCost: math.MaxInt64, Cost: func(int, int) int64 { return math.MaxInt64 },
	})
	for key := range 3 {
		mustSet(t, c, key, key, 0)
		mustCost(t, c, math.MaxInt64)
	}
	mustMiss(t, c, 1)
	mustGet(t, c, 2, 2)
	mustBeSound(t, c)
}

// However much room a write needs, what has expired makes it before anything live does.
func TestExpiredMakeRoomFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New(&memory.Options[int, int]{MaxCost: 100, Cost: func(_, value int) int64 { return int64(value) }})
		mustSet(t, c, -1, 10, 0)
		for key := range 90 {
			mustSet(t, c, key, 1, time.Second)
		}
		time.Sleep(time.Second)
		mustSet(t, c, -2, 90, 0)
		mustGet(t, c, -1, 10)
		mustBeSound(t, c)
	})
}

// The functions of the options are called without a lock held: they may use the cache. A call that is bound to
// fail asks neither.
func TestFunctionsMayUseTheCache(t *testing.T) {
	var c *memory.Cache[string, int]
	calls := 0
	use := func(key string) {
		calls++
		if _, err := c.Get(t.Context(), key); err != nil && err != ctxcache.ErrMiss {
			t.Error(err)
		}
	}
	c = memory.New(&memory.Options[string, int]{
		MaxCost: 10,
		Cost:    func(key string, _ int) int64 { use(key); return 1 },
		TTLOf:   func(key string, _ int) time.Duration { use(key); return time.Hour },
	})
	mustSet(t, c, "a", 1, 0)
	if err := c.Fill(t.Context(), "a", mustLease(t, c, "a", ctxcache.NoExpiry), ctxcache.Entry[int]{Value: 2}); err != nil {
		t.Fatal(err)
	}
	if calls != 4 {
		t.Errorf("%d calls by two writes, want 4", calls)
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Set(done, "a", 1, 0); err != context.Canceled {
		t.Errorf("Set: %v, want context.Canceled", err)
	}
	if err := c.SetEntry(t.Context(), "a", ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true}}); err != nil { // has no value
		t.Fatal(err)
	}
	if calls != 4 {
		t.Errorf("%d calls, want none by a write that cannot begin, or has no value", calls)
	}
}

func TestCostUnderConcurrency(t *testing.T) {
	const bound = 1000
	c := memory.New(&memory.Options[int, int]{
		MaxCost: bound, Shards: 2, Policy: memory.LFU, Cost: func(_, value int) int64 { return int64(value) },
	})
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			for i := range 3000 {
				if err := c.Set(t.Context(), (i*7+w)%300, i%50, 0); err != nil {
					t.Error(err)
				}
				if _, err := c.Get(t.Context(), i%300); err != nil && err != ctxcache.ErrMiss {
					t.Error(err)
				}
				if cost, err := c.Cost(t.Context()); err != nil || cost > bound {
					t.Errorf("Cost = %d, %v; want at most %d", cost, err, bound)
				}
			}
		})
	}
	all.Wait()
	mustBeSound(t, c)
}

// An entry of cost 0 counts as 1, as a negative entry does. Otherwise MaxCost alone would not bound the number of entries.
func TestCostOfNothing(t *testing.T) {
	c := memory.New(&memory.Options[int, int]{MaxCost: 10, Cost: func(_, value int) int64 { return int64(value) }, Policy: memory.LRU})
	for key := range 100 {
		mustSet(t, c, key, 0, 0)
	}
	mustCost(t, c, 10)
	if n, err := ctxcache.Len(t.Context(), c); n != 10 || err != nil {
		t.Errorf("Len = %d, %v; want 10", n, err)
	}
	mustSet(t, c, -1, 9, 0) // the most recently used of the others stays
	mustGet(t, c, 99, 0)
	mustMiss(t, c, 98)
	mustSet(t, c, -1, 10, 0)
	mustMiss(t, c, 99)
	mustBeSound(t, c)
}

// A Set whose context ends while other entries leave for its value has begun, so the old value of the key is gone.
func TestContextEndsWhileEntriesLeave(t *testing.T) {
	const entries = 1600 // more than a shard's section has
	for _, shards := range []int{1, 8} {
		missed := false
		for calls := 0; ; calls++ { // the context is asked before the cost, and before each section
			c := memory.New(&memory.Options[int, int]{
				MaxCost: entries, Shards: shards, Cost: func(_, value int) int64 { return int64(value) },
			})
			for key := range entries {
				mustSet(t, c, key, 1, 0)
			}
			mustSet(t, c, 7, 1, 0)
			ctx := &endingContext{Context: t.Context(), calls: calls}
			err := c.Set(ctx, 7, entries-100, 0)
			if err == nil {
				break
			}
			value, getErr := c.Get(t.Context(), 7)
			if stays := calls < 2; err != context.Canceled || stays != (value == 1) || stays != (getErr == nil) {
				t.Errorf("after %d calls of Err, Set returns %v, and Get %d, %v", calls, err, value, getErr)
			}
			missed = missed || getErr == ctxcache.ErrMiss
			mustBeSound(t, c)
		}
		if !missed {
			t.Error("no context has ended while entries left")
		}
	}
}
