package memory_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// Each way in which a value leaves has its cause, told before the call that made it leave returns.
func TestCauses(t *testing.T) {
	type cache = *memory.Cache[string, int]
	fill := func(ctx context.Context, c cache, e ctxcache.Entry[int]) error {
		_, lease, _ := c.GetLease(ctx, "a", ctxcache.NoExpiry) // the lease tells enough
		return c.Fill(ctx, "a", lease, e)
	}
	set := func(key string) func(context.Context, cache) error {
		return func(ctx context.Context, c cache) error { return c.Set(ctx, key, 2, 0) }
	}
	remove := func(ctx context.Context, c cache) error { return c.Delete(ctx, "a") }
	clearAll := func(ctx context.Context, c cache) error { return ctxcache.Clear(ctx, c) }
	for _, test := range []struct {
		name   string
		elapse time.Duration // after "a" was set to 1 for a minute
		act    func(ctx context.Context, c cache) error
		want   memory.Cause // of the departure of "a"; 0: it stays
	}{
		{"Set of another key evicts", 0, set("b"), memory.Evicted},
		{"Set replaces", 0, set("a"), memory.Replaced},
		{"Set of a negative entry replaces", 0, func(ctx context.Context, c cache) error {
			return c.SetEntry(ctx, "a", ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true}})
		}, memory.Replaced},
		{"SetEntries replaces", 0, func(ctx context.Context, c cache) error {
			return c.SetEntries(ctx, map[string]ctxcache.Entry[int]{"a": {Value: 2}})
		}, memory.Replaced},
		{"Fill replaces", 0, func(ctx context.Context, c cache) error {
			return fill(ctx, c, ctxcache.Entry[int]{Value: 2})
		}, memory.Replaced},
		{"Delete", 0, remove, memory.Deleted},
		{"Remove", 0, func(ctx context.Context, c cache) error {
			_, err := c.Remove(ctx, "a")
			return err
		}, memory.Deleted},
		{"DeleteMany", 0, func(ctx context.Context, c cache) error {
			return c.DeleteMany(ctx, []string{"a", "a"})
		}, memory.Deleted},
		{"Clear", 0, clearAll, memory.Cleared},
		{"Clear of a scope", 0, func(ctx context.Context, c cache) error {
			return c.Clear(ctx, ctxcache.Scope[string]{Prefix: "a"})
		}, memory.Cleared},
		{"Close", 0, func(_ context.Context, c cache) error { return c.Close() }, memory.Cleared},
		{"Get of the expired", time.Minute, func(ctx context.Context, c cache) error {
			if _, err := c.Get(ctx, "a"); err != ctxcache.ErrMiss {
				return err
			}
			return nil
		}, memory.Expired},
		{"Contains of the expired", time.Minute, func(ctx context.Context, c cache) error {
			_, err := c.Contains(ctx, "a")
			return err
		}, memory.Expired},
		{"Set over the expired", time.Minute, set("a"), memory.Expired},
		{"Set beside the expired", time.Minute, set("b"), memory.Expired},
		{"Drop", 0, func(ctx context.Context, c cache) error {
			_, lease, _ := c.GetLease(ctx, "a", ctxcache.NoExpiry) // the lease tells enough
			return c.Drop(ctx, "a", lease)
		}, memory.Deleted},
		{"Release", 0, func(ctx context.Context, c cache) error {
			_, lease, _ := c.GetLease(ctx, "a", ctxcache.NoExpiry) // the lease tells enough
			return c.Release(ctx, "a", lease)
		}, 0},
		{"Delete of the expired", time.Minute, remove, memory.Expired},
		{"Clear of the expired", time.Minute, clearAll, memory.Expired},
		{"Len", time.Minute, func(ctx context.Context, c cache) error {
			_, err := ctxcache.Len(ctx, c)
			return err
		}, memory.Expired},
		{"Get", 0, func(ctx context.Context, c cache) error {
			_, err := c.Get(ctx, "a")
			return err
		}, 0},
		{"Clear of another scope", 0, func(ctx context.Context, c cache) error {
			return c.Clear(ctx, ctxcache.Scope[string]{Prefix: "b"})
		}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var departed []departure
				c := memory.New(&memory.Options[string, int]{
					MaxEntries: 1,
					OnEvict: func(key string, value int, cause memory.Cause) {
						departed = append(departed, departure{key, value, cause})
					},
				})
				mustSet(t, c, "a", 1, time.Minute)
				time.Sleep(test.elapse)
				if err := test.act(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				var want []departure
				if test.want != 0 {
					want = []departure{{"a", 1, test.want}}
				}
				if !slices.Equal(departed, want) {
					t.Errorf("%v left, want %v", departed, want)
				}
			})
		})
	}
}

// A negative entry has no value, so nobody hears of its end.
func TestNegativeEntriesLeaveSilently(t *testing.T) {
	c := memory.New(&memory.Options[string, int]{MaxEntries: memory.Unbounded, OnEvict: func(key string, _ int, cause memory.Cause) {
		t.Errorf("OnEvict heard that %q was %v", key, cause)
	}})
	negative := ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true}}
	for range 2 { // the second replaces the first
		if err := c.SetEntry(t.Context(), "none", negative); err != nil {
			t.Fatal(err)
		}
	}
	if was, err := c.Remove(t.Context(), "none"); was || err != nil {
		t.Errorf("Remove = %v, %v; want false: there was no value", was, err)
	}
}

// No lock is held while OnEvict runs: it may use the cache, the same key and shard included.
func TestOnEvictMayUseTheCache(t *testing.T) {
	var c *memory.Cache[string, int]
	var causes []memory.Cause
	c = memory.New(&memory.Options[string, int]{MaxEntries: memory.Unbounded, Shards: 1, OnEvict: func(key string, value int, cause memory.Cause) {
		causes = append(causes, cause)
		if cause != memory.Deleted {
			return
		}
		mustMiss(t, c, key) // it is gone already
		mustSet(t, c, key, value+1, 0)
		mustSet(t, c, key, value+2, 0) // and this calls OnEvict within OnEvict
		if err := ctxcache.Clear(t.Context(), c); err != nil {
			t.Error(err)
		}
		mustSet(t, c, "last", value+3, 0)
	}})
	mustSet(t, c, "a", 1, 0)
	if err := c.Delete(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	mustGet(t, c, "last", 4)
	if want := []memory.Cause{memory.Deleted, memory.Replaced, memory.Cleared}; !slices.Equal(causes, want) {
		t.Errorf("causes %v, want %v", causes, want)
	}
}

func TestCauseString(t *testing.T) {
	for cause, want := range map[memory.Cause]string{
		memory.Evicted: "evicted", memory.Expired: "expired", memory.Replaced: "replaced",
		memory.Deleted: "deleted", memory.Cleared: "cleared", 0: "Cause(0)",
	} {
		if got := cause.String(); got != want {
			t.Errorf("%d prints as %q, want %q", uint8(cause), got, want)
		}
	}
}
