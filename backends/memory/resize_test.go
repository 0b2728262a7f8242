package memory_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// A cache that is resized has its new bounds at once, and its description says so. OnEvict hears of what did not fit.
func TestResize(t *testing.T) {
	for _, policy := range everyPolicy() {
		t.Run(policy.String(), func(t *testing.T) {
			evicted := 0
			c := memory.New(&memory.Options[int, int]{
				MaxEntries: 4000, Shards: 4, Policy: policy,
				OnEvict: func(_, _ int, cause memory.Cause) {
					if cause == memory.Evicted {
						evicted++
					}
				},
			})
			ctx := t.Context()
			for key := range 10_000 {
				mustSet(t, c, key, key, 0)
			}
			before, evictedBefore := entriesOf(t, c), evicted
			if err := c.Resize(ctx, memory.Bounds{Entries: 1000}); err != nil {
				t.Fatal(err)
			}
			if n := entriesOf(t, c); n != 1000 || before-n != evicted-evictedBefore {
				t.Errorf("%d entries are left of %d, and OnEvict heard of %d", n, before, evicted-evictedBefore)
			}
			mustBeSound(t, c)
			if got := c.Describe().Options[0]; got.Value != 1000 {
				t.Errorf("the description has %+v, want 1000", got)
			}
			if err := c.Resize(ctx, memory.Bounds{Entries: 20_000}); err != nil {
				t.Fatal(err)
			}
			for key := range 4000 {
				mustSet(t, c, key, key, 0)
			}
			for key := range 4000 {
				mustGet(t, c, key, key)
			}
			mustBeSound(t, c)
		})
	}
}

// A cost bound can be changed, too. Negative entries keep their share.
func TestResizeCost(t *testing.T) {
	c := memory.New(&memory.Options[int, int]{MaxCost: 1000, Cost: func(_, value int) int64 { return int64(value) }})
	ctx := t.Context()
	for key := range 100 {
		mustSet(t, c, key, 8, 0)
		if err := c.SetEntry(ctx, -1-key, ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Resize(ctx, memory.Bounds{Cost: 80}); err != nil {
		t.Fatal(err)
	}
	if cost, err := c.Cost(ctx); cost > 80 || err != nil {
		t.Errorf("Cost = %d, %v; want at most 80", cost, err)
	}
	mustBeSound(t, c)
	if err := c.Set(ctx, 1, 81, 0); !errors.Is(err, memory.ErrTooLarge) {
		t.Errorf("Set: %v, want ErrTooLarge", err)
	}
}

// A bound of bytes can be taken away, and comes back. Meanwhile it limits nothing.
func TestResizeWithoutBytes(t *testing.T) {
	ctx := t.Context()
	c := memory.New(&memory.Options[int, int]{MaxEntries: 100, MaxBytes: 1 << 20})
	for key := range 10 {
		mustSet(t, c, key, key, 0)
	}
	for _, b := range []memory.Bounds{{Entries: 50}, {Entries: memory.Unbounded}} {
		if err := c.Resize(ctx, b); err != nil {
			t.Fatal(err)
		}
		for key := range 10 {
			mustGet(t, c, key, key)
		}
		for key := range 40 {
			mustSet(t, c, key, key, 0)
		}
		if n := entriesOf(t, c); n != 40 {
			t.Errorf("%+v: %d entries, want 40", b, n)
		}
	}
	if err := c.Resize(ctx, memory.Bounds{Bytes: 20 * 60}); err != nil {
		t.Fatal(err)
	}
	if n := entriesOf(t, c); n < 10 || n > 20 {
		t.Errorf("%d entries, want about 20", n)
	}
	mustBeSound(t, c)
}

// TestFewNegativesForManyShards checks that every shard keeps a negative entry, although an eighth of the bound is less than one
// for each of them.
func TestFewNegativesForManyShards(t *testing.T) {
	small := memory.New(&memory.Options[int, int]{MaxEntries: 4096, Shards: 16})
	if err := small.Resize(t.Context(), memory.Bounds{Entries: 64}); err != nil {
		t.Fatal(err)
	}
	mustKeepNegatives(t, small)
	mustKeepNegatives(t, memory.New(&memory.Options[int, [16 << 10]byte]{MaxBytes: 16 << 20, Shards: 256}))
}

// mustKeepNegatives checks that c has each of many negative entries at least until the next one is written.
func mustKeepNegatives[V any](t *testing.T, c *memory.Cache[int, V]) {
	t.Helper()
	lost := 0
	for key := range 200 {
		if err := c.SetEntry(t.Context(), key, ctxcache.Entry[V]{Meta: ctxcache.Meta{Absent: true}}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.GetEntry(t.Context(), key); err != ctxcache.ErrNotFound {
			lost++
		}
	}
	if lost > 0 {
		t.Errorf("%T: %d negative entries of 200 are lost at once", c, lost)
	}
	if got := option(c, "max_negative"); got != c.Shards() {
		t.Errorf("%T: max_negative is %v, want one for each of %d shards", c, got, c.Shards())
	}
	mustBeSound(t, c)
}

// A cache whose costs are bytes takes no bound of other costs, and the other way round.
func TestResizeKeepsTheUnit(t *testing.T) {
	cost := func(int, int) int64 { return 10 }
	for b, opts := range map[memory.Bounds]*memory.Options[int, int]{
		{Bytes: 100}:             {MaxCost: 1000, Cost: cost},
		{MemoryShare: 1. / 1024}: {MaxCost: 1000, Cost: cost},
		{Cost: 100}:              {MaxBytes: 1000, Cost: cost},
	} {
		c := memory.New(opts)
		if err := c.Resize(t.Context(), b); !errors.Is(err, ctxcache.ErrOptions) {
			t.Errorf("Resize(%+v): %v, want ErrOptions", b, err)
		}
	}
}

// A Resize under a context that is done changes nothing.
func TestResizeUnderADoneContext(t *testing.T) {
	c := memory.New(&memory.Options[int, int]{MaxCost: 1000, Cost: func(int, int) int64 { return 50 }})
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Resize(done, memory.Bounds{Cost: 10}); err != context.Canceled {
		t.Errorf("Resize: %v, want Canceled", err)
	}
	mustSet(t, c, 1, 1, 0)
	mustGet(t, c, 1, 1)
}

// Bounds that make no sense change nothing.
func TestResizeFails(t *testing.T) {
	ctx := t.Context()
	c := memory.New(&memory.Options[int, int]{MaxEntries: 100, Shards: 4})
	for _, b := range []memory.Bounds{
		{}, {Entries: -7}, {Entries: 3}, {Cost: 100}, {Entries: 100, Cost: -1}, {Bytes: -1}, {Bytes: 1 << 20}, {Entries: 100, MemoryShare: 2},
	} {
		if err := c.Resize(ctx, b); !errors.Is(err, ctxcache.ErrOptions) {
			t.Errorf("Resize(%+v): %v, want ErrOptions", b, err)
		}
	}
	unbounded := memory.New(&memory.Options[int, int]{MaxEntries: memory.Unbounded})
	if err := unbounded.Resize(ctx, memory.Bounds{Entries: 10}); !errors.Is(err, ctxcache.ErrOptions) {
		t.Errorf("Resize of a cache without a bound: %v, want ErrOptions", err)
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	if err := c.Resize(done, memory.Bounds{Entries: 50}); err != context.Canceled {
		t.Errorf("Resize: %v, want Canceled", err)
	}
	if got := c.Describe().Options[0]; got.Value != 100 {
		t.Errorf("the description has %+v, want 100", got)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Resize(ctx, memory.Bounds{Entries: 50}); !errors.Is(err, ctxcache.ErrClosed) {
		t.Errorf("Resize: %v, want ErrClosed", err)
	}
}

// Writes and reads go on while a cache is resized, and its bound holds afterwards.
func TestResizeBesideWrites(t *testing.T) {
	c := memory.New(&memory.Options[int, int]{MaxEntries: 4000, Shards: 4})
	ctx := t.Context()
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := range 5000 {
				key := i*7 + worker
				if err := c.Set(ctx, key, key, 0); err != nil {
					t.Error(err)
				}
				if value, err := c.Get(ctx, key/2); err == nil && value != key/2 {
					t.Errorf("Get(%d) = %d", key/2, value)
				}
			}
		})
	}
	for i := range 50 {
		if err := c.Resize(ctx, memory.Bounds{Entries: 100 + 1000*(i%5)}); err != nil {
			t.Error(err)
		}
	}
	all.Wait()
	if err := c.Resize(ctx, memory.Bounds{Entries: 500}); err != nil {
		t.Fatal(err)
	}
	if n := entriesOf(t, c); n > 500 {
		t.Errorf("%d entries, want at most 500", n)
	}
	mustBeSound(t, c)
}

func entriesOf[K comparable, V any](t testing.TB, c *memory.Cache[K, V]) int {
	t.Helper()
	n, err := ctxcache.Len(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
