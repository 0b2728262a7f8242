package memory_test

import (
	"errors"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// Peek returns what Get would return. It does not count as a use of the value.
func TestPeek(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New(&memory.Options[string, int]{MaxEntries: 2, Policy: memory.LRU})
		ctx := t.Context()
		mustSet(t, c, "a", 1, 0)
		mustSet(t, c, "b", 2, time.Second)
		if value, err := c.Peek(ctx, "a"); value != 1 || err != nil {
			t.Errorf("Peek = %d, %v; want 1", value, err)
		}
		if _, err := c.Peek(ctx, "none"); err != ctxcache.ErrMiss {
			t.Errorf("Peek: %v, want ErrMiss", err)
		}
		mustSet(t, c, "c", 3, 0) // "a" is still the least recently used one
		if _, err := c.Peek(ctx, "a"); err != ctxcache.ErrMiss {
			t.Errorf("Peek: %v, want ErrMiss", err)
		}
		time.Sleep(time.Second)
		if _, err := c.Peek(ctx, "b"); err != ctxcache.ErrMiss {
			t.Errorf("Peek: %v, want ErrMiss", err)
		}
		if err := c.SetEntry(ctx, "absent", ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true}}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Peek(ctx, "absent"); err != ctxcache.ErrNotFound {
			t.Errorf("Peek: %v, want ErrNotFound", err)
		}
		stats, err := c.Stats(ctx)
		if err != nil || stats.Reads != 0 || stats.Tests != 5 || stats.Expirations != 1 {
			t.Errorf("Stats = %v, %v; want 5 tests, no reads, 1 expiration", stats, err)
		}
	})
}

// All yields the values of a scope with their entries. The cache can be used meanwhile, and the loop can end at any time.
func TestAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New(&memory.Options[int, int]{MaxEntries: memory.Unbounded, Shards: 4})
		ctx := t.Context()
		want := make(map[int]int)
		for key := range 3000 {
			mustSet(t, c, key, -key, time.Hour)
			want[key] = -key
		}
		mustSet(t, c, -1, 0, time.Millisecond)
		if err := c.SetEntry(ctx, -2, ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		got := make(map[int]int)
		for item, err := range c.All(ctx, ctxcache.Scope[int]{}) {
			if err != nil || item.TTL != time.Hour-time.Minute {
				t.Fatalf("%+v, %v; want a TTL of 59m", item, err)
			}
			if _, twice := got[item.Key]; twice {
				t.Errorf("%d was yielded twice", item.Key)
			}
			got[item.Key] = item.Value
			if err := c.Delete(ctx, item.Key); err != nil {
				t.Fatal(err)
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%d items, want %d", len(got), len(want))
		}
		mustBeSound(t, c)

		mustSet(t, c, 1, 1, 0)
		mustSet(t, c, 2, 2, 0)
		for item, err := range c.All(ctx, ctxcache.Scope[int]{}) {
			if err != nil {
				t.Errorf("%+v, %v", item, err)
			}
			break
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		for _, err := range c.All(ctx, ctxcache.Scope[int]{}) {
			if !errors.Is(err, ctxcache.ErrClosed) {
				t.Errorf("All: %v, want ErrClosed", err)
			}
		}
	})
}
