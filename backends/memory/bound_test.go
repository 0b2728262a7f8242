package memory_test

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/shards"
)

// A small cache has a single shard, so it holds any keys up to its bound.
func TestSmallCacheIsFull(t *testing.T) {
	for _, room := range []int{1, 3, 100, 255} {
		c := memory.New(&memory.Options[int, int]{MaxEntries: room, Policy: memory.LRU})
		for key := range room {
			mustSet(t, c, key, key, 0)
		}
		for key := range room {
			mustGet(t, c, key, key)
		}
		mustSet(t, c, room, room, 0)
		mustMiss(t, c, 0)
		if n, err := ctxcache.Len(t.Context(), c); err != nil || n != room {
			t.Errorf("Len = %d, %v; want %d", n, err, room)
		}
	}
}

// The rooms of the shards add up to the bound exactly, and keys spread well enough to use nearly all of it.
func TestBoundOverShards(t *testing.T) {
	for _, room := range []int{1000, 1001, 1023, 10_007} {
		c := memory.New(&memory.Options[int, int]{MaxEntries: room, Shards: 8})
		for key := range 4 * room {
			mustSet(t, c, key, key, 0)
		}
		if n, err := ctxcache.Len(t.Context(), c); err != nil || n != room {
			t.Errorf("Len = %d, %v; want %d: every shard should be full", n, err, room)
		}
	}
}

// A memory cache may itself be a shard of another cache, and then gets only the keys of that shard. It still uses all of
// its own shards.
func TestBoundWithinAShard(t *testing.T) {
	const room = 1024
	c := memory.New(&memory.Options[int, int]{MaxEntries: room, Shards: 8})
	for key := range 16 * 4 * room {
		if shards.Of(key, 16) == 0 {
			mustSet(t, c, key, key, 0)
		}
	}
	if n, err := ctxcache.Len(t.Context(), c); err != nil || n != room {
		t.Errorf("Len = %d, %v; want %d: every shard should be full", n, err, room)
	}
}

func TestBoundUnderConcurrency(t *testing.T) {
	const room, writers, writes = 500, 8, 5000
	c := memory.New(&memory.Options[int, int]{MaxEntries: room, Shards: 4})
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(w)))
			for range writes {
				key := random.IntN(4 * room)
				switch random.IntN(4) {
				case 0:
					if err := c.SetEntry(t.Context(), key, ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true}}); err != nil {
						t.Error(err)
					}
				case 1:
					if _, lease, err := c.GetLease(t.Context(), key, ctxcache.NoExpiry); lease.Granted() {
						if err := c.Fill(t.Context(), key, lease, ctxcache.Entry[int]{Value: key}); err != nil && err != ctxcache.ErrLeaseLost {
							t.Error(err)
						}
					} else if err != nil && err != ctxcache.ErrMiss && err != ctxcache.ErrNotFound {
						t.Error(err)
					}
				default:
					if err := c.Set(t.Context(), key, key, 0); err != nil {
						t.Error(err)
					}
				}
				if nodes, _ := c.Kept(); nodes > room {
					t.Errorf("%d entries, want at most %d", nodes, room)
					return
				}
			}
		})
	}
	all.Wait()
	mustBeSound(t, c)
}

// A negative entry takes its place like a value: it is counted by the bound and evicted in turn.
func TestNegativeEntriesTakeRoom(t *testing.T) {
	c := memory.New(&memory.Options[string, int]{MaxEntries: 2, Policy: memory.LRU})
	if err := c.SetEntry(t.Context(), "none", ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true}}); err != nil {
		t.Fatal(err)
	}
	mustSet(t, c, "a", 1, 0)
	if _, err := c.Get(t.Context(), "none"); err != ctxcache.ErrNotFound { // now "a" is the oldest
		t.Fatalf("Get: %v, want ErrNotFound", err)
	}
	mustSet(t, c, "b", 2, 0)
	mustMiss(t, c, "a")
	mustSet(t, c, "c", 3, 0)
	mustMiss(t, c, "none")
}

// A bound that is never reached costs nothing, and changes nothing, however large it is.
func TestHugeBounds(t *testing.T) {
	for _, bound := range []int{math.MaxInt32, math.MaxInt / 4, math.MaxInt - 8, math.MaxInt} {
		for _, policy := range everyPolicy() {
			c := memory.New(&memory.Options[int, int]{MaxEntries: 100, Policy: policy})
			if err := c.Resize(t.Context(), memory.Bounds{Entries: bound}); err != nil {
				t.Fatal(err)
			}
			for _, c := range []*memory.Cache[int, int]{c, memory.New(&memory.Options[int, int]{MaxEntries: bound, Shards: 1, Policy: policy})} {
				for key := range 1000 {
					mustSet(t, c, key, key, 0)
				}
				for range 100 {
					if _, _, err := c.Evict(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				if n := entriesOf(t, c); n != 900 {
					t.Errorf("%v: %d entries, want 900", policy, n)
				}
				mustBeSound(t, c)
			}
		}
	}
}
