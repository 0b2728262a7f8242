package memory_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

func costly(o memory.Options[int, int]) *memory.Cache[int, int] {
	o.Cost = func(_, value int) int64 { return int64(value) }
	return memory.New(&o)
}

// fullOfCosts returns a cache of four shards that is full: it has as many entries as bound, and each costs 1.
func fullOfCosts(t *testing.T, bound int) *memory.Cache[int, int] {
	t.Helper()
	c := costly(memory.Options[int, int]{MaxCost: int64(bound), Shards: 4})
	for key := range bound {
		mustSet(t, c, key, 1, 0)
	}
	return c
}

// A shard that has lost its entries to a large value gets its part of the room again.
func TestShardsShareTheCostAgain(t *testing.T) {
	const bound = 8000
	c := costly(memory.Options[int, int]{MaxCost: bound, Shards: 8})
	for range 3 {
		mustSet(t, c, -1, bound-10, 0)
		if err := c.Delete(t.Context(), -1); err != nil {
			t.Fatal(err)
		}
		for key := range 4 * bound {
			mustSet(t, c, key, 1, 0)
		}
		mustCost(t, c, bound)
		for shard, cost := range c.ShardCosts() {
			if cost < bound/8*3/4 || cost > bound/8*3/2 {
				t.Errorf("the entries of shard %d cost %d, want about %d", shard, cost, bound/8)
			}
		}
		mustBeSound(t, c)
	}
}

// Large values take room from all shards while others write. Nobody waits forever, and the bound holds all the time.
func TestLargeValuesBesideSmallOnes(t *testing.T) {
	const bound = 4000
	c := costly(memory.Options[int, int]{MaxCost: bound, Shards: 16})
	var all sync.WaitGroup
	for worker := range 6 {
		all.Go(func() {
			for i := range 300 {
				value := 1 + i%7
				if worker < 3 && i%10 == 0 {
					value = bound - 2 // as much as Resize below leaves
				}
				if err := c.Set(t.Context(), i*11+worker, value, 0); err != nil {
					t.Error(err)
				}
				if cost, err := c.Cost(t.Context()); err != nil || cost > bound {
					t.Errorf("Cost = %d, %v; want at most %d", cost, err, bound)
				}
			}
		})
	}
	all.Go(func() {
		for i := range 100 {
			if err := c.Resize(t.Context(), memory.Bounds{Cost: bound - int64(i%2)*2}); err != nil {
				t.Error(err)
			}
		}
	})
	all.Wait()
	mustBeSound(t, c)
}

// OnEvict may use the cache, although a write is making room in all shards, and may panic.
func TestOnEvictWhileRoomIsMade(t *testing.T) {
	const bound = 1000
	var c *memory.Cache[int, int]
	var panics any
	again := 0
	o := memory.Options[int, int]{MaxCost: bound, Shards: 4, OnEvict: func(key, _ int, _ memory.Cause) {
		if key == 0 || key >= bound {
			return
		}
		if again++; again < 20 {
			mustSet(t, c, bound+key, bound/2, 0) // needs room in all shards, too
		}
		if panics != nil {
			panic(panics)
		}
	}}
	c = costly(o)
	for key := range bound {
		mustSet(t, c, key, 1, 0)
	}
	mustSet(t, c, 0, bound, 0)
	mustBeSound(t, c)

	for key := range bound {
		mustSet(t, c, key, 1, 0)
	}
	panics, again = errOops, 20
	mustPanic(t, "Set", func() { _ = c.Set(t.Context(), 0, bound, 0) })
	panics = nil
	mustBeSound(t, c) // what the write had reserved is free again
	mustSet(t, c, 0, bound, 0)
	mustBeSound(t, c)
}

// A write that waits for another one to make room ends with its context. It has reserved nothing then, and a lease stands.
func TestContextEndsWhileRoomIsMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const bound = 100
		c := fullOfCosts(t, bound)
		_, lease, err := c.GetLease(t.Context(), -1, 0)
		if err != ctxcache.ErrMiss {
			t.Fatal(err)
		}
		c.TakeTurn()
		ctx, cancel := context.WithCancel(t.Context())
		errs := make(chan error)
		go func() { errs <- c.Set(ctx, -2, bound, 0) }()
		go func() { errs <- c.Fill(ctx, -1, lease, ctxcache.NewEntry(bound, 0)) }()
		synctest.Wait()
		cancel()
		for range 2 {
			if err := <-errs; !errors.Is(err, context.Canceled) {
				t.Errorf("a write whose context ended: %v", err)
			}
		}
		c.GiveTurn()
		mustBeSound(t, c)
		if err := c.Fill(t.Context(), -1, lease, ctxcache.NewEntry(bound, 0)); err != nil {
			t.Fatal(err)
		}
		mustGet(t, c, -1, bound)
		mustBeSound(t, c)
	})
}

// A cache that is closed while a write waits for room refuses the write.
func TestCloseWhileRoomIsMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const bound = 100
		c := fullOfCosts(t, bound)
		c.TakeTurn()
		failed := make(chan error)
		go func() { failed <- c.Set(t.Context(), -2, bound, 0) }()
		synctest.Wait()
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		c.GiveTurn()
		if err := <-failed; !errors.Is(err, ctxcache.ErrClosed) {
			t.Errorf("Set: %v, want ErrClosed", err)
		}
		mustBeSound(t, c)
	})
}
