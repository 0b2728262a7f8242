package memory_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

var errOops = errors.New("oops")

// mustPanic calls fn, which must panic with errOops.
func mustPanic(t *testing.T, name string, fn func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if got := recover(); got != errOops {
			t.Errorf("%s: the panic %v, want %v", name, got, errOops)
		}
	}()
	fn()
}

// plainWrites are the ways to store a value under "a" that need no lease. The calls for many also store one under "b".
func plainWrites(c ctxcache.Cache[string, int], value int) map[string]func(ctx context.Context) error {
	many := map[string]ctxcache.Entry[int]{"a": ctxcache.NewEntry(value, 0), "b": ctxcache.NewEntry(value, 0)}
	return map[string]func(ctx context.Context) error{
		"Set":        func(ctx context.Context) error { return c.Set(ctx, "a", value, 0) },
		"SetEntry":   func(ctx context.Context) error { return ctxcache.SetEntry(ctx, c, "a", ctxcache.NewEntry(value, 0)) },
		"SetEntries": func(ctx context.Context) error { return ctxcache.SetEntries(ctx, c, many) },
	}
}

// picky are the options whose functions panic for the value 13.
var picky = map[string]memory.Options[string, int]{
	"Cost": {MaxCost: 100, Cost: func(_ string, value int) int64 {
		if value == 13 {
			panic(errOops)
		}
		return 1
	}},
	"TTLOf": {MaxEntries: 100, TTLOf: func(_ string, value int) time.Duration {
		if value == 13 {
			panic(errOops)
		}
		return time.Hour
	}},
}

// TestFunctionThatPanicsTakesTheOldValueAway checks that the value which the call should have replaced does not stay.
func TestFunctionThatPanicsTakesTheOldValueAway(t *testing.T) {
	for name, opts := range picky {
		for _, way := range []string{"Set", "SetEntry", "SetEntries"} {
			c := memory.New(&opts)
			mustSet(t, c, "a", 1, 0)
			mustSet(t, c, "b", 1, 0)
			mustSet(t, c, "other", 1, 0)
			lease := mustLease(t, c, "a", ctxcache.NoExpiry)
			mustPanic(t, name+", "+way, func() { _ = plainWrites(c, 13)[way](t.Context()) })
			mustMiss(t, c, "a")
			if way == "SetEntries" {
				mustMiss(t, c, "b")
			}
			mustGet(t, c, "other", 1)
			if err := c.Fill(t.Context(), "a", lease, ctxcache.NewEntry(2, 0)); err != ctxcache.ErrLeaseLost {
				t.Errorf("%s, %s: Fill by an older lease: %v, want ErrLeaseLost", name, way, err)
			}
			mustBeSound(t, c)
		}
	}
}

// TestFunctionThatPanicsLeavesTheLease checks that the holder can drop the old value.
func TestFunctionThatPanicsLeavesTheLease(t *testing.T) {
	ctx, bad := t.Context(), ctxcache.NewEntry(13, 0)
	for name, opts := range picky {
		c := memory.New(&opts)
		for way, fill := range map[string]func(lease ctxcache.Lease) error{
			"Fill": func(lease ctxcache.Lease) error { return c.Fill(ctx, "a", lease, bad) },
			"FillMany": func(lease ctxcache.Lease) error {
				return c.FillMany(ctx, map[string]ctxcache.Entry[int]{"a": bad}, map[string]ctxcache.Lease{"a": lease})
			},
		} {
			mustSet(t, c, "a", 1, 0)
			lease := mustLease(t, c, "a", ctxcache.NoExpiry)
			mustPanic(t, name+", "+way, func() { _ = fill(lease) })
			if err := c.Drop(ctx, "a", lease); err != nil {
				t.Errorf("%s, %s: Drop: %v, want a lease that stands", name, way, err)
			}
			mustMiss(t, c, "a")
		}
	}
}

// TestFunctionsSeeNoKeyThatNoMapCanHold checks that such a key is ErrKey before a function sees it: the function may have
// a map.
func TestFunctionsSeeNoKeyThatNoMapCanHold(t *testing.T) {
	sizes := map[any]int64{"a": 1}
	c := memory.New(&memory.Options[any, int]{
		MaxCost: 10,
		Cost:    func(key any, _ int) int64 { return sizes[key] },
		TTLOf:   func(key any, _ int) time.Duration { return time.Duration(sizes[key]) * time.Hour },
	})
	bad := any([]byte("a"))
	for way, err := range map[string]error{
		"Set":      c.Set(t.Context(), bad, 1, 0),
		"SetEntry": c.SetEntry(t.Context(), bad, ctxcache.NewEntry(1, 0)),
		"Fill":     c.Fill(t.Context(), bad, ctxcache.Lease{}, ctxcache.NewEntry(1, 0)),
	} {
		if !errors.Is(err, ctxcache.ErrKey) {
			t.Errorf("%s: %v, want ErrKey", way, err)
		}
	}
}

// TestOnEvictThatPanicsIsCalledForEveryValue checks that no value leaves unnoticed, and that no shard stays locked.
func TestOnEvictThatPanicsIsCalledForEveryValue(t *testing.T) {
	all := map[string]int{"a": 1, "b": 2, "c": 3, "d": 4}
	for name, remove := range map[string]func(c *memory.Cache[string, int]){
		"Clear":           func(c *memory.Cache[string, int]) { _ = ctxcache.Clear(t.Context(), c) },
		"Clear of a part": func(c *memory.Cache[string, int]) { _ = c.Clear(t.Context(), ctxcache.Scope[string]{Match: isIn(all)}) },
		"Close":           func(c *memory.Cache[string, int]) { _ = c.Close() },
	} {
		for _, shards := range []int{1, 4} {
			if shards > 1 && name != "Close" {
				continue // Clear may leave the other shards
			}
			departed := make(map[string]int)
			c := memory.New(&memory.Options[string, int]{
				MaxEntries: memory.Unbounded, Shards: shards,
				OnEvict: func(key string, value int, _ memory.Cause) {
					departed[key] = value
					panic(errOops)
				},
			})
			for key, value := range all {
				mustSet(t, c, key, value, 0)
			}
			mustPanic(t, name, func() { remove(c) })
			if !maps.Equal(departed, all) {
				t.Errorf("%s with %d shards: OnEvict was called for %v, want all", name, shards, departed)
			}
			if nodes, _ := c.Kept(); nodes > 0 { // locks every shard
				t.Errorf("%s with %d shards: %d nodes are still there", name, shards, nodes)
			}
		}
	}
}

func isIn(all map[string]int) func(string) bool {
	return func(key string) bool { _, ok := all[key]; return ok }
}

// TestWatcherThatPanicsEndsOnlyItsWatch checks that the panic reaches the caller of Watch, and nobody else notices it.
func TestWatcherThatPanicsEndsOnlyItsWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New[string, int](nil)
		told := watch(t, c)
		panicked := make(chan struct{})
		go func() {
			defer close(panicked)
			mustPanic(t, "Watch", func() {
				_ = c.Watch(t.Context(), func(e ctxcache.Event) {
					if e.Key == "a" {
						panic(errOops)
					}
				})
			})
		}()
		synctest.Wait()
		mustSet(t, c, "a", 1, 0)
		<-panicked
		mustSet(t, c, "b", 1, 0)
		if events := told(); !slices.Equal(events, []ctxcache.Event{{Key: "a"}, {Key: "b"}}) {
			t.Errorf("the other watcher was told %v", events)
		}
	})
}
