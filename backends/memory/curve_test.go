package memory_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// replay reads each key, and sets it after a miss.
func replay(t testing.TB, c *memory.Cache[uint64, int], keys []uint64) {
	t.Helper()
	ctx := t.Context()
	for _, key := range keys {
		_, err := c.Get(ctx, key)
		if err == ctxcache.ErrMiss {
			err = c.Set(ctx, key, 1, 0)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func mustStats[K comparable, V any](t testing.TB, c *memory.Cache[K, V]) ctxcache.Stats {
	t.Helper()
	stats, err := c.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return stats
}

func zipfKeys(n int, distinct uint64) []uint64 {
	random := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(random, 1.01, 1, distinct-1)
	keys := make([]uint64, n)
	for i := range keys {
		keys[i] = zipf.Uint64()
	}
	return keys
}

// Every size sees what happens to entries, so nothing is estimated to be there after it has gone.
func TestSizeCurveSeesWhatHappens(t *testing.T) {
	const count = 2_000 // all fit into a quarter of the cache, and more than a hundred are sampled
	type cache = *memory.Cache[int, int]
	for name, test := range map[string]struct {
		opts memory.Options[int, int]
		then func(t *testing.T, c cache, key int) // after key was set, and before it is read
		last func(t *testing.T, c cache)          // after all of them
		want int64                                // hits of count reads
	}{
		"nothing": {want: count},
		"delete": {then: func(t *testing.T, c cache, key int) {
			if err := c.Delete(t.Context(), key); err != nil {
				t.Error(err)
			}
		}},
		"drop": {then: func(t *testing.T, c cache, key int) {
			_, lease, err := c.GetLease(t.Context(), key, ctxcache.NoExpiry)
			if err := errors.Join(err, c.Drop(t.Context(), key, lease)); err != nil {
				t.Error(err)
			}
		}},
		"expire":         {opts: memory.Options[int, int]{TTL: time.Minute}, last: func(*testing.T, cache) { time.Sleep(time.Hour) }},
		"not yet expire": {opts: memory.Options[int, int]{TTL: time.Minute}, last: func(*testing.T, cache) { time.Sleep(time.Second) }, want: count},
		"idle":           {opts: memory.Options[int, int]{Idle: time.Minute}, last: func(*testing.T, cache) { time.Sleep(time.Hour) }},
		"clear": {last: func(t *testing.T, c cache) {
			if err := c.Clear(t.Context(), ctxcache.Scope[int]{}); err != nil {
				t.Error(err)
			}
		}},
		"clear some": {last: func(t *testing.T, c cache) {
			if err := c.Clear(t.Context(), ctxcache.Scope[int]{Match: func(int) bool { return true }}); err != nil {
				t.Error(err)
			}
		}},
		"negative": {want: count, then: func(t *testing.T, c cache, key int) {
			if err := c.SetEntry(t.Context(), key, ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true}}); err != nil {
				t.Error(err)
			}
		}, opts: memory.Options[int, int]{MaxNegative: 1 << 14}},
		"no negatives": {then: func(t *testing.T, c cache, key int) {
			if err := c.SetEntry(t.Context(), key, ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true}}); err != nil {
				t.Error(err)
			}
		}, opts: memory.Options[int, int]{MaxNegative: memory.NoNegatives}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				test.opts.MaxEntries, test.opts.SizeCurve = 1<<15, true
				c := memory.New(&test.opts)
				for key := range count {
					mustSet(t, c, key, key, 0)
					if test.then != nil {
						test.then(t, c, key)
					}
				}
				if test.last != nil {
					test.last(t, c)
				}
				for key := range count {
					if _, err := c.GetEntry(t.Context(), key); err != nil && err != ctxcache.ErrMiss && err != ctxcache.ErrNotFound {
						t.Fatal(err)
					}
				}
				for _, p := range mustStats(t, c).SizeCurve {
					if p.Hits != test.want || p.Reads != count || p.Sampled == 0 {
						t.Errorf("%+v, want %d hits of %d reads", p, test.want, count)
					}
				}
				mustBeSound(t, c)
			})
		})
	}
}

// Reads whose loads fail, and calls that do not count as reads, are not hits of a larger cache.
func TestSizeCurveCountsReadsOnly(t *testing.T) {
	const count = 4_000
	ctx := t.Context()
	c := memory.New(&memory.Options[int, int]{MaxEntries: 1 << 15, SizeCurve: true})
	for range 3 {
		for key := range count {
			mustMiss(t, c, key) // and nobody sets it
		}
	}
	for key := range count {
		mustSet(t, c, key, key, 0)
		_, peekErr := c.Peek(ctx, key)
		_, containsErr := c.Contains(ctx, key)
		_, _, leaseErr := c.GetLease(ctx, key, 0)
		if err := errors.Join(peekErr, containsErr, leaseErr); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range mustStats(t, c).SizeCurve {
		if p.Hits != 0 || p.Reads != 3*count {
			t.Errorf("%+v, want no hits of %d reads", p, 3*count)
		}
	}
	keys := make([]int, count)
	for key := range keys {
		keys[key] = key
	}
	if found, err := c.GetEntries(ctx, keys); len(found) != count || err != nil {
		t.Fatalf("%d entries, %v", len(found), err)
	}
	for _, p := range mustStats(t, c).SizeCurve {
		if p.Hits != count || p.Reads != 4*count || p.HitRate() != 0.25 {
			t.Errorf("%+v, want %d hits of %d reads", p, count, 4*count)
		}
	}
}

func TestSizeCurveIsOffByDefault(t *testing.T) {
	for _, opts := range []*memory.Options[uint64, int]{nil, {MaxEntries: memory.Unbounded}, {MaxEntries: 100}} {
		c := memory.New(opts)
		replay(t, c, []uint64{1, 2, 1})
		if curve := mustStats(t, c).SizeCurve; curve != nil {
			t.Errorf("%v, want no curve", curve)
		}
	}
}

// After Resize, the curve is for the new size, and counts from then on.
func TestSizeCurveBeginsAnewAfterResize(t *testing.T) {
	c := memory.New(&memory.Options[uint64, int]{MaxEntries: 8192, SizeCurve: true})
	keys := zipfKeys(50_000, 20_000)
	replay(t, c, keys)
	if err := c.Resize(t.Context(), memory.Bounds{Entries: 16_384}); err != nil {
		t.Fatal(err)
	}
	for _, p := range mustStats(t, c).SizeCurve {
		if p.Reads != 0 || p.Hits != 0 || p.HitRate() != 0 {
			t.Errorf("%+v after Resize, want no reads", p)
		}
	}
	replay(t, c, keys)
	for _, p := range mustStats(t, c).SizeCurve {
		if p.Reads != int64(len(keys)) || p.HitRate() <= 0 || p.HitRate() >= 1 {
			t.Errorf("%+v, want estimates for %d reads", p, len(keys))
		}
	}
	if err := c.Resize(t.Context(), memory.Bounds{Entries: memory.Unbounded}); !errors.Is(err, ctxcache.ErrOptions) {
		t.Errorf("Resize to no bound: %v, want ErrOptions", err)
	}
}

// All operations may run at once. The cost makes the sample too large, so curves are replaced meanwhile.
func TestSizeCurveConcurrently(t *testing.T) {
	c := memory.New(&memory.Options[uint64, int]{
		MaxCost: 1 << 20, Cost: func(uint64, int) int64 { return 1 }, SizeCurve: true, Shards: 4, TTL: time.Hour,
	})
	keys := zipfKeys(8_000, 60_000)
	var all sync.WaitGroup
	for worker := range uint64(4) {
		all.Go(func() {
			for i, key := range keys {
				key += worker * 60_000
				if err := touch(t.Context(), c, i, key); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	mustBeSound(t, c)
	if curve := mustStats(t, c).SizeCurve; len(curve) != 5 || curve[0].Reads == 0 {
		t.Errorf("the curve is %v", curve)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// touch does one of several operations.
func touch(ctx context.Context, c *memory.Cache[uint64, int], i int, key uint64) error {
	switch i % 1000 {
	case 0:
		_, err := c.Stats(ctx)
		return err
	case 1:
		return c.Clear(ctx, ctxcache.Scope[uint64]{Match: func(key uint64) bool { return key%64 == 0 }})
	case 2, 3, 4, 5:
		return c.Delete(ctx, key)
	case 6:
		return c.Resize(ctx, memory.Bounds{Cost: 1<<20 + int64(i)})
	}
	if _, err := c.Get(ctx, key); err != ctxcache.ErrMiss {
		return err
	}
	return c.Set(ctx, key, 1, 0)
}

// With a bound of bytes, every size has room for its part of the negative entries, and no more. So a scan of absent keys does not
// evict the values of a size that has room for them.
func TestSizeCurveOfBytesBesideNegatives(t *testing.T) {
	const values, absents = 10_000, 15_000
	c := memory.New(&memory.Options[int, int]{MaxBytes: 4 << 20, Policy: memory.LRU, SizeCurve: true})
	for key := range values {
		mustSet(t, c, key, key, 0)
	}
	for key := range absents {
		if err := c.SetEntry(t.Context(), values+key, ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true}}); err != nil {
			t.Fatal(err)
		}
	}
	for key := range values {
		mustGet(t, c, key, key)
	}
	for _, p := range mustStats(t, c).SizeCurve {
		if p.Size >= 0.5 && p.HitRate() < 0.98 {
			t.Errorf("%v times the size has a hit rate of %.2f", p.Size, p.HitRate())
		}
	}
}

// A GetLease that counts as a read is one for every size, too.
func TestSizeCurveSeesLeasesThatAreReads(t *testing.T) {
	const count = 2_000
	c := memory.New(&memory.Options[int, int]{MaxEntries: 1 << 15, SizeCurve: true})
	for _, wantHits := range []int64{0, count} {
		for key := range count {
			if _, lease, err := c.GetLease(ctxcache.CountAsRead(t.Context()), key, 0); err == ctxcache.ErrMiss {
				if err := c.Fill(t.Context(), key, lease, ctxcache.NewEntry(key, 0)); err != nil {
					t.Fatal(err)
				}
			} else if err != nil {
				t.Fatal(err)
			}
		}
		for _, p := range mustStats(t, c).SizeCurve {
			if p.Hits != wantHits || p.Sampled == 0 {
				t.Errorf("%+v, want %d hits", p, wantHits)
			}
		}
	}
}
