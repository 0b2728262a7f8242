package memory_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// Whatever ends a negative entry, there is room for exactly one other afterwards.
func TestNegativesAreCounted(t *testing.T) {
	type cache = *memory.Cache[string, int]
	fill := func(ctx context.Context, c cache, e ctxcache.Entry[int]) error {
		_, lease, _ := c.GetLease(ctx, "a", ctxcache.NoExpiry) // the lease tells enough
		return c.Fill(ctx, "a", lease, e)
	}
	const panics, large = -1, 100 // values
	for name, test := range map[string]struct {
		end     func(ctx context.Context, c cache) error
		evicted uint64 // by end
	}{
		"Set":      {func(ctx context.Context, c cache) error { return c.Set(ctx, "a", 1, 0) }, 0},
		"SetEntry": {func(ctx context.Context, c cache) error { return c.SetEntry(ctx, "a", ctxcache.NewEntry(1, 0)) }, 0},
		"SetEntries": {func(ctx context.Context, c cache) error {
			return c.SetEntries(ctx, map[string]ctxcache.Entry[int]{"a": {Value: 1}})
		}, 0},
		"Fill":       {func(ctx context.Context, c cache) error { return fill(ctx, c, ctxcache.NewEntry(1, 0)) }, 0},
		"Delete":     {func(ctx context.Context, c cache) error { return c.Delete(ctx, "a") }, 0},
		"DeleteMany": {func(ctx context.Context, c cache) error { return c.DeleteMany(ctx, []string{"a"}) }, 0},
		"Remove": {func(ctx context.Context, c cache) error {
			if was, err := c.Remove(ctx, "a"); was || err != nil {
				return fmt.Errorf("Remove = %v, %w; want false: there was no value", was, err)
			}
			return nil
		}, 0},
		"Drop": {func(ctx context.Context, c cache) error {
			_, lease, _ := c.GetLease(ctx, "a", ctxcache.NoExpiry) // the lease tells enough
			return c.Drop(ctx, "a", lease)
		}, 0},
		"Clear": {func(ctx context.Context, c cache) error { return ctxcache.Clear(ctx, c) }, 0},
		"Clear of a scope": {func(ctx context.Context, c cache) error {
			return c.Clear(ctx, ctxcache.Scope[string]{Prefix: "a"})
		}, 0},
		"Evict": {func(ctx context.Context, c cache) error { _, _, err := c.Evict(ctx); return err }, 1},
		"Set of what is too large": {func(ctx context.Context, c cache) error {
			if err := c.Set(ctx, "a", large, 0); !errors.Is(err, memory.ErrTooLarge) {
				return fmt.Errorf("Set: %w, want ErrTooLarge", err)
			}
			return nil
		}, 0},
		"Set that panics": {func(ctx context.Context, c cache) (err error) {
			defer func() { _ = recover() }() // by design
			return c.Set(ctx, "a", panics, 0)
		}, 0},
		"expiry": {func(context.Context, cache) error { time.Sleep(time.Minute); return nil }, 0},
		"expiry and a Get": {func(ctx context.Context, c cache) error {
			time.Sleep(time.Minute)
			if _, err := c.Get(ctx, "a"); err != ctxcache.ErrMiss {
				return fmt.Errorf("Get: %w, want ErrMiss", err)
			}
			return nil
		}, 0},
		"a value that needs all room": {func(ctx context.Context, c cache) error { return c.Set(ctx, "z", large-1, 0) }, 1},
		"another negative entry":      {func(ctx context.Context, c cache) error { return fill(ctx, c, negative(0)) }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := memory.New(&memory.Options[string, int]{
					MaxCost: large - 1, MaxNegative: 1, TTL: time.Minute,
					Cost: func(_ string, value int) int64 {
						if value == panics {
							panic("by design")
						}
						return int64(value)
					},
				})
				mustSetNegative(t, c, "a")
				if err := test.end(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				mustBeSound(t, c)
				mustSet(t, c, "z", 1, 0) // makes room again
				mustSetNegative(t, c, "b")
				mustBeNegative(t, c, "b")
				mustEvict(t, c, test.evicted)
				mustSetNegative(t, c, "c")
				mustMiss(t, c, "b")
				mustBeNegative(t, c, "c")
				mustEvict(t, c, test.evicted+1)
				mustBeSound(t, c)
			})
		})
	}
}

// A value that becomes a negative entry counts as one, and the oldest one makes room for it. It leaves as Replaced.
func TestValuesBecomeNegative(t *testing.T) {
	var departed []departure
	c := memory.New(&memory.Options[string, int]{
		MaxEntries: 10, MaxNegative: 1,
		OnEvict: func(key string, value int, cause memory.Cause) {
			departed = append(departed, departure{key, value, cause})
		},
	})
	mustSetNegative(t, c, "a")
	mustSet(t, c, "b", 1, 0)
	mustSet(t, c, "c", 2, 0)
	mustSetNegative(t, c, "b")
	mustMiss(t, c, "a")
	mustBeNegative(t, c, "b")
	mustSetNegative(t, c, "b") // counts once
	mustBeNegative(t, c, "b")
	mustEvict(t, c, 1)
	lease := mustLease(t, c, "c", ctxcache.NoExpiry)
	if err := c.Fill(t.Context(), "c", lease, negative(0)); err != nil {
		t.Fatal(err)
	}
	mustMiss(t, c, "b")
	mustBeNegative(t, c, "c")
	mustEvict(t, c, 2)
	if want := []departure{{"b", 1, memory.Replaced}, {"c", 2, memory.Replaced}}; !slices.Equal(departed, want) {
		t.Errorf("%v left, want %v", departed, want)
	}
	mustBeSound(t, c)
}

// An eviction because of the limit leaves the lease on the key, like any other eviction.
func TestNegativeEvictionLeavesLeases(t *testing.T) {
	c := memory.New(&memory.Options[string, int]{MaxEntries: 10, MaxNegative: 1})
	mustSetNegative(t, c, "a")
	lease := mustLease(t, c, "a", ctxcache.NoExpiry)
	other := mustLease(t, c, "b", 0)
	if err := c.Fill(t.Context(), "b", other, negative(0)); err != nil {
		t.Fatal(err)
	}
	mustMiss(t, c, "a")
	if err := c.Release(t.Context(), "b", other); err != ctxcache.ErrLeaseLost {
		t.Errorf("Release of a lease that has filled: %v, want ErrLeaseLost", err)
	}
	if _, second, _ := c.GetLease(t.Context(), "a", 0); second.Refusal() != ctxcache.Loading {
		t.Errorf("a second lease: %v, want Loading", second.Refusal())
	}
	if err := c.Fill(t.Context(), "a", lease, ctxcache.NewEntry(1, 0)); err != nil {
		t.Errorf("Fill: %v", err)
	}
	mustGet(t, c, "a", 1)
	mustBeNegative(t, c, "b")
}

// A watcher hears of an eviction because of the limit.
func TestNegativeEvictionIsWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New(&memory.Options[string, int]{MaxEntries: 10, MaxNegative: 1})
		mustSetNegative(t, c, "a")
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var events []ctxcache.Event
		go func() {
			if err := c.Watch(ctx, func(e ctxcache.Event) { events = append(events, e) }); err != context.Canceled {
				t.Errorf("Watch: %v, want context.Canceled", err)
			}
		}()
		synctest.Wait()
		mustSetNegative(t, c, "b")
		synctest.Wait()
		if want := []ctxcache.Event{{Gap: true}, {Key: "a"}, {Key: "b"}}; !slices.Equal(events, want) {
			t.Errorf("events %v, want %v", events, want)
		}
		cancel()
		synctest.Wait()
	})
}

// With NoNegatives, a negative entry is not stored, which is not an error. No older value is left, and the lease ends.
func TestNoNegatives(t *testing.T) {
	var departed []departure
	c := memory.New(&memory.Options[string, int]{
		MaxEntries: 10, MaxNegative: memory.NoNegatives,
		OnEvict: func(key string, value int, cause memory.Cause) {
			departed = append(departed, departure{key, value, cause})
		},
	})
	mustSetNegative(t, c, "a")
	mustMiss(t, c, "a")
	mustSet(t, c, "a", 1, 0)
	held := mustLease(t, c, "a", ctxcache.NoExpiry)
	mustSetNegative(t, c, "a")
	mustMiss(t, c, "a")
	if err := c.Release(t.Context(), "a", held); err != ctxcache.ErrLeaseLost {
		t.Errorf("Release after SetEntry: %v, want ErrLeaseLost", err)
	}
	mustSet(t, c, "b", 2, 0)
	lease := mustLease(t, c, "b", ctxcache.NoExpiry)
	if err := c.Fill(t.Context(), "b", lease, negative(0)); err != nil {
		t.Errorf("Fill: %v", err)
	}
	mustMiss(t, c, "b")
	if err := c.Release(t.Context(), "b", lease); err != ctxcache.ErrLeaseLost {
		t.Errorf("Release after Fill: %v, want ErrLeaseLost", err)
	}
	if want := []departure{{"a", 1, memory.Replaced}, {"b", 2, memory.Replaced}}; !slices.Equal(departed, want) {
		t.Errorf("%v left, want %v", departed, want)
	}
	if stats, err := c.Stats(t.Context()); err != nil || stats.Writes != 2 || stats.Evictions != 0 || stats.Entries != 0 {
		t.Errorf("%+v, %v; want two writes, no evictions, and no entries", stats, err)
	}
	mustBeSound(t, c)
}

// No live negative entry is evicted while the shard has an expired entry, whatever the number of them.
func TestExpiredLeaveBeforeNegatives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New(&memory.Options[int, int]{MaxEntries: 100, MaxNegative: 2})
		for key := range 50 { // these expire first, and are more than a write removes by itself
			mustSet(t, c, key, key, time.Second)
		}
		mustSetNegative(t, c, 100) // the least recently used of the two
		if err := c.SetEntry(t.Context(), 101, negative(2*time.Second)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		mustSetNegative(t, c, 102)
		mustBeNegative(t, c, 100)
		mustMiss(t, c, 101)
		mustBeNegative(t, c, 102)
		if stats, err := c.Stats(t.Context()); err != nil || stats.Evictions != 0 || stats.Expirations != 51 {
			t.Errorf("%d evictions, %d expirations, %v; want 0 and 51", stats.Evictions, stats.Expirations, err)
		}
		mustBeSound(t, c)
	})
}

// Writers of values, negative entries and deletions never exceed the limit together.
func TestNegativesUnderConcurrency(t *testing.T) {
	const keys, limit, writers = 400, 64, 4
	c := memory.New(&memory.Options[int, int]{MaxEntries: 300, MaxNegative: limit, Shards: 4})
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range 4000 {
				key := (i*7 + w*13) % keys
				var err error
				switch (i + w) % 5 {
				case 0:
					err = c.Set(t.Context(), key, key, 0)
				case 1:
					err = c.Delete(t.Context(), key)
				case 2:
					_, err = c.Get(t.Context(), key)
				default:
					err = c.SetEntry(t.Context(), key, negative(0))
				}
				if err != nil && err != ctxcache.ErrMiss && err != ctxcache.ErrNotFound {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	mustBeSound(t, c)
	if _, negatives := found(t, c, 0, keys); negatives > limit || negatives == 0 {
		t.Errorf("%d negative entries, want some, but at most %d", negatives, limit)
	}
}
