package memory_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// However a cache grows and shrinks, it has what a map has.
func TestGrowingAndShrinking(t *testing.T) {
	for _, policy := range append(everyPolicy(), 0) {
		t.Run(policy.String(), func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, uint64(policy)))
			bound := 1 << 20
			if policy == 0 {
				bound = memory.Unbounded
			}
			c := memory.New(&memory.Options[int, int]{MaxEntries: bound, Policy: policy, Shards: 1})
			want := make(map[int]int)
			for phase := range 6 {
				for range 3000 {
					key, value := random.IntN(20_000), random.Int()
					if phase%2 == 0 || random.IntN(10) == 0 {
						mustSet(t, c, key, value, 0)
						want[key] = value
						continue
					}
					for range 3 {
						key = random.IntN(20_000)
						if err := c.Delete(t.Context(), key); err != nil {
							t.Fatal(err)
						}
						delete(want, key)
					}
				}
				mustBeSound(t, c)
				for key := range 20_000 {
					value, err := c.Get(t.Context(), key)
					if wanted, has := want[key]; has != (err == nil) || value != wanted {
						t.Fatalf("Get(%d) = %d, %v; want %d, %v", key, value, err, wanted, has)
					}
				}
			}
		})
	}
}

// An entry takes at most 160 bytes, with a key of 21 bytes, a value of 64 bytes and a TTL: 128 of them are the key, the value
// and their headers.
func TestBytesPerEntry(t *testing.T) {
	const entries = 250_000
	before := heapBytes()
	c := memory.New(&memory.Options[string, []byte]{MaxEntries: entries, TTL: time.Hour})
	for i := range entries + entries/4 { // the shards are full, and have ghosts
		if err := c.Set(t.Context(), fmt.Sprintf("user:%08x:p%06d", i, i), make([]byte, 64), 0); err != nil {
			t.Fatal(err)
		}
	}
	n, err := ctxcache.Len(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if bytes := float64(heapBytes()-before) / float64(n); bytes < 128 || bytes > 160 {
		t.Errorf("an entry takes %.1f bytes, want 128 to 160", bytes)
	}
	runtime.KeepAlive(c) // otherwise nothing needs c while the heap is measured
}

// everyPolicy returns all policies.
func everyPolicy() (all []memory.Policy) {
	for p := memory.LRU; p <= memory.Adaptive; p++ {
		all = append(all, p)
	}
	return all
}

// heapBytes returns the size of what is in use on the heap.
func heapBytes() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// Entries leave at their deadlines, in whatever order they came, and whatever was written over them.
func TestManyDeadlines(t *testing.T) {
	for _, policy := range everyPolicy() {
		t.Run(policy.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				random := rand.New(rand.NewPCG(2, uint64(policy)))
				c := memory.New(&memory.Options[int, int]{MaxEntries: 1 << 20, Policy: policy, Shards: 2})
				began := time.Now()
				ends := make(map[int]time.Duration)
				for range 50 {
					for range 200 {
						key, ttl := random.IntN(5000), time.Duration(1+random.IntN(5000))*time.Millisecond
						mustSet(t, c, key, key, ttl)
						ends[key] = time.Since(began) + ttl
					}
					time.Sleep(time.Duration(random.IntN(200)) * time.Millisecond)
					alive := 0
					for _, end := range ends {
						if end > time.Since(began) {
							alive++
						}
					}
					if n, err := ctxcache.Len(t.Context(), c); n != alive || err != nil {
						t.Fatalf("Len = %d, %v; want %d", n, err, alive)
					}
					mustBeSound(t, c)
				}
			})
		})
	}
}

// A live entry is not evicted while an expired one is there, wherever that is.
func TestExpiredEntriesLeaveFirst(t *testing.T) {
	for _, policy := range everyPolicy() {
		t.Run(policy.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const room = 1000
				c := memory.New(&memory.Options[int, int]{MaxEntries: room, Policy: policy, Shards: 1})
				for key := range room {
					ttl := ctxcache.NoExpiry
					if key%4 == 0 {
						ttl = time.Duration(1+key%7) * time.Second
					}
					mustSet(t, c, key, key, ttl)
				}
				time.Sleep(10 * time.Second)
				for key := room; key < room+room/4; key++ {
					mustSet(t, c, key, key, 0)
				}
				for key := range room + room/4 {
					if key < room && key%4 == 0 {
						mustMiss(t, c, key)
					} else {
						mustGet(t, c, key, key)
					}
				}
				mustBeSound(t, c)
			})
		})
	}
}

// A write that replaces a value allocates nothing, and neither does one that evicts another entry. A key that is a string is
// copied.
func TestWritesDoNotAllocate(t *testing.T) {
	for _, policy := range append(everyPolicy(), 0) {
		c := memory.New(&memory.Options[int, int]{MaxEntries: 1000, Policy: policy, TTL: time.Hour, Shards: 1})
		for key := range 5000 {
			mustSet(t, c, key, key, 0)
		}
		ctx, next := t.Context(), 5000
		mustHardlyAllocate(t, policy.String()+": a write over a value", 1000, func() error { return c.Set(ctx, 4999, 1, 0) })
		mustHardlyAllocate(t, policy.String()+": a write that evicts", 1000, func() error { next++; return c.Set(ctx, next, 1, 0) })
	}
}
