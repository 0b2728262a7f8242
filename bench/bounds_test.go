package bench_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
)

// boundedEntries is about how many entries the caches of BenchmarkBounds hold.
const boundedEntries = 100_000

// bounds are the bounds that a cache in memory can have.
var bounds = []struct {
	name    string
	options memory.Options[string, []byte]
}{
	{"entries", memory.Options[string, []byte]{MaxEntries: boundedEntries}},
	{"cost", memory.Options[string, []byte]{
		MaxEntries: memory.Unbounded, MaxCost: boundedEntries, Cost: func(string, []byte) int64 { return 1 },
	}},
	{"bytes", memory.Options[string, []byte]{MaxEntries: memory.Unbounded, MaxBytes: 200 * boundedEntries}},
}

// BenchmarkBounds measures writes of new keys into a full cache, for each kind of bound. Every write evicts an entry.
func BenchmarkBounds(b *testing.B) {
	keys := make([]string, 10*boundedEntries)
	for i := range keys {
		keys[i] = "user:" + strconv.Itoa(1_000_000+i)
	}
	value := make([]byte, 64)
	for _, bound := range bounds {
		b.Run("stack="+bound.name, func(b *testing.B) {
			c := memory.New(&bound.options)
			ctx, next := context.Background(), 0
			set := func() {
				if err := c.Set(ctx, keys[next], value, time.Hour); err != nil {
					b.Fatal(err)
				}
				next = (next + 1) % len(keys)
			}
			for range 2 * boundedEntries {
				set()
			}
			b.ReportAllocs()
			for b.Loop() {
				set()
			}
		})
	}
}
