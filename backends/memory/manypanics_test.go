package memory_test

import (
	"maps"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// panicking are the ways to remove n values at once, or portion by portion, in a call whose OnEvict panics.
var panicking = map[string]struct {
	ttl    time.Duration
	remove func(t *testing.T, c *memory.Cache[int, int], n int)
}{
	"Clear": {0, func(t *testing.T, c *memory.Cache[int, int], _ int) { _ = ctxcache.Clear(t.Context(), c) }},
	"Close": {0, func(_ *testing.T, c *memory.Cache[int, int], _ int) { _ = c.Close() }},
	"Close of the expired": {time.Millisecond, func(_ *testing.T, c *memory.Cache[int, int], _ int) {
		time.Sleep(time.Second)
		_ = c.Close()
	}},
	"Set of a value that costs much": {0, func(t *testing.T, c *memory.Cache[int, int], n int) {
		_ = c.Set(t.Context(), -1, n, 0)
	}},
	"SetEntries of a value without a cost": {0, func(t *testing.T, c *memory.Cache[int, int], n int) {
		entries := map[int]ctxcache.Entry[int]{}
		for key := range n {
			entries[key] = ctxcache.NewEntry(-1, 0)
		}
		_ = c.SetEntries(t.Context(), entries)
	}},
}

// costlyOrPanic is a Cost that panics for negative values.
func costlyOrPanic(_, value int) int64 {
	if value < 0 {
		panic(errOops)
	}
	return int64(value)
}

// However often OnEvict panics in a call, the stack has the same depth for the last value.
func TestOnEvictThatPanicsOftenDoesNotGrowTheStack(t *testing.T) {
	depth := func(t *testing.T, name string, shards, n int) (depth int) {
		synctest.Test(t, func(t *testing.T) {
			heard := 0
			c := memory.New(&memory.Options[int, int]{
				MaxCost: int64(n), Cost: costlyOrPanic, Shards: shards,
				OnEvict: func(int, int, memory.Cause) {
					if heard++; heard == n {
						depth = runtime.Callers(0, make([]uintptr, 1<<20))
					}
					panic(errOops)
				},
			})
			for key := range n {
				mustSet(t, c, key, 1, panicking[name].ttl)
			}
			mustPanic(t, name, func() { panicking[name].remove(t, c, n) })
			if heard != n {
				t.Errorf("OnEvict was called %d times, want %d", heard, n)
			}
		})
		return depth
	}
	for name := range panicking {
		t.Run(name, func(t *testing.T) {
			few, many := depth(t, name, 1, 1000), depth(t, name, 1, 5_000)
			if many > few || few == 0 {
				t.Errorf("the stack has %d frames for the last of 5,000 values, and %d for the last of 1,000", many, few)
			}
			if name == "Clear" {
				return // it may leave the other shards
			}
			// A shard has several places that call OnEvict, some a few frames deeper. Chance decides which has the last value.
			if few, many := depth(t, name, 2, 1000), depth(t, name, 64, 1000); many-few >= 62 {
				t.Errorf("the stack has %d frames for the last value of 64 shards, and %d for that of two", many, few)
			}
		})
	}
}

// If OnEvict panics for many values, the first panic goes on.
func TestFirstPanicOfOnEvictGoesOn(t *testing.T) {
	for name, test := range panicking {
		if name == "SetEntries of a value without a cost" {
			continue // Cost panics first
		}
		synctest.Test(t, func(t *testing.T) {
			const n = 1000
			heard := 0
			c := memory.New(&memory.Options[int, int]{
				MaxCost: n, Cost: costlyOrPanic, Shards: 1,
				OnEvict: func(int, int, memory.Cause) { heard++; panic(heard) },
			})
			for key := range n {
				mustSet(t, c, key, 1, test.ttl)
			}
			defer func() {
				if got := recover(); got != 1 || heard != n {
					t.Errorf("%s: %d calls of OnEvict, and the panic is that of call %v; want the first of %d", name, heard, got, n)
				}
			}()
			test.remove(t, c, n)
		})
	}
}

// If OnEvict ends the goroutine, or panics, it is called for the other values all the same. Then the goroutine ends.
func TestOnEvictThatEndsTheGoroutine(t *testing.T) {
	for name, test := range panicking {
		if name == "SetEntries of a value without a cost" {
			continue // Cost panics first
		}
		synctest.Test(t, func(t *testing.T) {
			const n = 100
			departed := make(map[int]int)
			c := memory.New(&memory.Options[int, int]{
				MaxCost: n, Cost: costlyOrPanic, Shards: 1,
				OnEvict: func(key, value int, _ memory.Cause) {
					departed[key] = value
					switch len(departed) % 3 {
					case 0:
						panic(errOops)
					case 1:
						runtime.Goexit()
					}
				},
			})
			all := make(map[int]int)
			for key := range n {
				mustSet(t, c, key, 1, test.ttl)
				all[key] = 1
			}
			returned, ended := false, make(chan struct{})
			go func() {
				defer close(ended)
				test.remove(t, c, n)
				returned = true
			}()
			<-ended
			if returned || !maps.Equal(departed, all) {
				t.Errorf("%s: OnEvict was called for %d of %d values, and the call returned: %v", name, len(departed), n, returned)
			}
		})
	}
}
