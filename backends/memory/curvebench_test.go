package memory_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
)

// BenchmarkSizeCurve is the price of Options.SizeCurve: how much longer reads take with it than without it, in percent. It
// reads a cache with a curve and one without in turns, because the speed of a machine changes. Some of the reads miss, and
// set.
func BenchmarkSizeCurve(b *testing.B) {
	for _, size := range []int{1_000, 10_000, 100_000, 1_000_000} {
		for _, work := range []struct {
			name string
			keys int
		}{{"hits", size * 9 / 10}, {"misses", size * 11 / 10}} {
			b.Run(fmt.Sprintf("entries=%d/%s", size, work.name), func(b *testing.B) { benchCurve(b, size, work.keys) })
		}
	}
}

// benchCurve reads random ones of so many keys, in portions.
func benchCurve(b *testing.B, size, keys int) {
	const portion = 2_000
	caches := [2]*memory.Cache[uint64, int]{}
	for i := range caches {
		caches[i] = memory.New(&memory.Options[uint64, int]{MaxEntries: size, SizeCurve: i == 1})
		for key := range uint64(2 * keys) {
			readThrough(b, caches[i], key%uint64(keys))
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	read := make([]uint64, portion)
	var took [2][]time.Duration
	for b.Loop() {
		for i := range read {
			read[i] = random.Uint64N(uint64(keys))
		}
		for i, c := range caches {
			began := time.Now()
			for _, key := range read {
				readThrough(b, c, key)
			}
			took[i] = append(took[i], time.Since(began))
		}
	}
	without, with := median(took[0]), median(took[1])
	b.ReportMetric(float64(without)/portion, "ns/read")
	b.ReportMetric(100*float64(with-without)/float64(without), "%longer")
	b.ReportMetric(0, "ns/op") // of two portions, which is of no use
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

// readThrough reads key, and sets it if it is missed.
func readThrough(b *testing.B, c *memory.Cache[uint64, int], key uint64) {
	ctx := context.Background()
	if _, err := c.Get(ctx, key); err == nil {
		return
	}
	if err := c.Set(ctx, key, 0, 0); err != nil {
		b.Fatal(err)
	}
}
