package bench_test

import (
	"context"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers/twolevel"
)

// protections are the options of two levels that follow far's changes, or work without far.
var protections = map[string]*twolevel.Options{
	"none":      {},
	"coherent":  {Coherent: true},
	"resilient": {Resilient: true},
	"both":      {Coherent: true, Resilient: true},
}

// levels returns two levels in memory whose near has key.
func levels(b *testing.B, options *twolevel.Options) ctxcache.Cache[string, string] {
	b.Helper()
	near, far := newStore(), newStore()
	stack := twolevel.New(near, far, options)
	b.Cleanup(func() {
		if err := stack.Close(); err != nil {
			b.Error(err)
		}
	})
	ctx := b.Context()
	if err := far.Set(ctx, key, "value", time.Hour); err != nil {
		b.Fatal(err)
	}
	for { // near is not used before the watch of far has begun
		if value, err := stack.Get(ctx, key); value != "value" || err != nil {
			b.Fatalf("got %q, %v", value, err)
		}
		if has, err := near.Contains(ctx, key); has || err != nil {
			return stack
		}
		runtime.Gosched()
	}
}

// BenchmarkNearHit compares a hit of near with Coherent and Resilient with one without.
func BenchmarkNearHit(b *testing.B) {
	ctx := deep(10)
	hit := func(stack ctxcache.Cache[string, string]) func() error {
		return func() error {
			_, err := stack.Get(ctx, key)
			return err
		}
	}
	for name, options := range protections {
		b.Run(name, func(b *testing.B) { pairs(b, 10_000, hit(levels(b, nil)), hit(levels(b, options))) })
	}
}

// BenchmarkNearWrite compares a Set with Coherent and Resilient with one without.
func BenchmarkNearWrite(b *testing.B) {
	set := func(stack ctxcache.Cache[string, string]) func() error {
		return func() error { return stack.Set(context.Background(), key, "value", time.Hour) }
	}
	for name, options := range protections {
		b.Run(name, func(b *testing.B) { pairs(b, 1_000, set(levels(b, nil)), set(levels(b, options))) })
	}
}

// pairs calls off and on in turns of so many calls. It reports the medians of the times of a call, and the median of how
// many times as long on takes. A load of the machine that comes and goes makes some turns slow, but changes the medians
// little.
func pairs(b *testing.B, calls int, off, on func() error) {
	b.Helper()
	turn := func(fn func() error) float64 {
		began := time.Now()
		for range calls {
			if err := fn(); err != nil {
				b.Fatal(err)
			}
		}
		return float64(time.Since(began).Nanoseconds()) / float64(calls)
	}
	var offs, ons, times []float64
	for b.Loop() {
		before := turn(off)
		with := turn(on)
		offs, ons, times = append(offs, before), append(ons, with), append(times, with/before)
	}
	b.ReportMetric(median(offs), "off-ns/call")
	b.ReportMetric(median(ons), "on-ns/call")
	b.ReportMetric(median(times), "times")
}

func median(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}
