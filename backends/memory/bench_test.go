package memory_test

import (
	"container/list"
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

const benchKeys = 1 << 10

func benchNames() []string {
	names := make([]string, benchKeys)
	for i := range names {
		names[i] = "user:" + strconv.Itoa(i)
	}
	return names
}

// BenchmarkGet is the price of a hit. "bare" is the least that it could cost: a mutex, a map, and the move in a list.
func BenchmarkGet(b *testing.B) {
	names := benchNames()
	ctx := context.Background()

	b.Run("bare", func(b *testing.B) {
		var mu sync.Mutex
		var order list.List
		elements := make(map[string]*list.Element)
		for i, name := range names {
			elements[name] = order.PushFront(i)
		}
		for i := 0; b.Loop(); i++ {
			mu.Lock()
			element := elements[names[i%benchKeys]]
			order.MoveToFront(element)
			mu.Unlock()
		}
	})

	for _, config := range []struct {
		name string
		opts *memory.Options[string, int]
		ttl  time.Duration
	}{
		{"unbounded, 1 shard", &memory.Options[string, int]{MaxEntries: memory.Unbounded, Shards: 1}, 0},
		{"unbounded", &memory.Options[string, int]{MaxEntries: memory.Unbounded}, 0},
		{"lru, 1 shard", &memory.Options[string, int]{MaxEntries: 2 * benchKeys, Shards: 1}, 0},
		{"lru", &memory.Options[string, int]{MaxEntries: 2 * benchKeys}, 0},
		{"fifo", &memory.Options[string, int]{MaxEntries: 2 * benchKeys, Policy: memory.FIFO}, 0},
		{"lfu", &memory.Options[string, int]{MaxEntries: 2 * benchKeys, Policy: memory.LFU}, 0},
		{"mru", &memory.Options[string, int]{MaxEntries: 2 * benchKeys, Policy: memory.MRU}, 0},
		{"rr", &memory.Options[string, int]{MaxEntries: 2 * benchKeys, Policy: memory.RR}, 0},
		{"lru, ttl", &memory.Options[string, int]{MaxEntries: 2 * benchKeys}, time.Hour},
	} {
		b.Run(config.name, func(b *testing.B) {
			c := memory.New(config.opts)
			for i, name := range names {
				if err := c.Set(ctx, name, i, config.ttl); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, err := c.Get(ctx, names[i%benchKeys]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkGetEntry measures a hit by GetEntry. It should take at most 1.5 times as long as BenchmarkGet.
func BenchmarkGetEntry(b *testing.B) {
	names := benchNames()
	ctx := context.Background()
	for _, config := range []struct {
		name string
		meta ctxcache.Meta
	}{
		{"lru", ctxcache.Meta{}},
		{"lru, ttl", ctxcache.Meta{TTL: time.Hour}},
		{"lru, all", ctxcache.Meta{TTL: time.Hour, StaleFor: time.Minute, CopyTTL: time.Minute, Written: time.Now()}},
	} {
		b.Run(config.name, func(b *testing.B) {
			c := memory.New(&memory.Options[string, int]{MaxEntries: 2 * benchKeys})
			for i, name := range names {
				if err := c.SetEntry(ctx, name, ctxcache.Entry[int]{Value: i, Meta: config.meta}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, err := c.GetEntry(ctx, names[i%benchKeys]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkLease is the price of a load that finds nothing: a lease, and a fill.
func BenchmarkLease(b *testing.B) {
	names := benchNames()
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	c := memory.New(&memory.Options[string, int]{MaxEntries: 2 * benchKeys})
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		name := names[i%benchKeys]
		_, lease, err := c.GetLease(ctx, name, ctxcache.NoExpiry)
		if err != nil && err != ctxcache.ErrMiss {
			b.Fatal(err)
		}
		if err := c.Fill(ctx, name, lease, ctxcache.NewEntry(i, time.Hour)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkGetParallel is the price of a hit while all CPUs read.
func BenchmarkGetParallel(b *testing.B) {
	names := benchNames()
	ctx := context.Background()
	c := memory.New(&memory.Options[string, int]{MaxEntries: 2 * benchKeys})
	for i, name := range names {
		if err := c.Set(ctx, name, i, time.Hour); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			if _, err := c.Get(ctx, names[i%benchKeys]); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// BenchmarkSet is the price of a write: of a key that is there, and of one for which another is evicted.
func BenchmarkSet(b *testing.B) {
	names := benchNames()
	ctx := context.Background()
	for _, config := range []struct {
		name string
		room int
		ttl  time.Duration
	}{
		{"replace", 2 * benchKeys, 0},
		{"replace, ttl", 2 * benchKeys, time.Hour},
		{"evict", benchKeys / 2, 0},
		{"evict, ttl", benchKeys / 2, time.Hour},
	} {
		b.Run(config.name, func(b *testing.B) {
			c := memory.New(&memory.Options[string, int]{MaxEntries: config.room, Shards: 1})
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if err := c.Set(ctx, names[i%benchKeys], i, config.ttl); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
