package cached_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
)

// most counts how many loads run at the same time, leaves out those that wait for others, and keeps the maximum.
type most struct{ now, max atomic.Int64 }

func (m *most) run(takes time.Duration) {
	m.max.Store(max(m.max.Load(), m.now.Add(1)))
	time.Sleep(takes)
	m.now.Add(-1)
}

// One loader starts 50 loads at once. They do not all run in its slot.
func TestFuncMaxLoadsLimitsAFanOut(t *testing.T) {
	for _, limit := range []int{1, 2, 5} {
		synctest.Test(t, func(t *testing.T) {
			var m most
			var f *cached.Function[int, string]
			f = cached.Func(newInts(), func(ctx context.Context, n int) (string, error) {
				if n == 0 {
					var wg sync.WaitGroup
					for i := 1; i <= 50; i++ {
						wg.Go(func() {
							if value, err := f.Get(ctx, i); value != fmt.Sprint(i) || err != nil {
								t.Errorf("%d: %s, %v", i, value, err)
							}
						})
					}
					wg.Wait()
					return "", nil
				}
				m.run(time.Second)
				return fmt.Sprint(n), nil
			}, &cached.Options{MaxLoads: limit})
			if _, err := f.Get(t.Context(), 0); err != nil {
				t.Fatal(err)
			}
			if got := m.max.Load(); got != int64(limit) { // the slot of the loader, and the others
				t.Errorf("%d loads at a time with MaxLoads %d", got, limit)
			}
		})
	}
}

// The same over a tree: each load starts three, and waits for them.
func TestFuncMaxLoadsLimitsATree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = 3
		var m most
		var f *cached.Function[string, string]
		f = cached.Func(newMemory(), func(ctx context.Context, key string) (string, error) {
			m.run(time.Second)
			if len(key) < 4 {
				var wg sync.WaitGroup
				for i := range 3 {
					wg.Go(func() {
						if _, err := f.Get(ctx, fmt.Sprint(key, i)); err != nil {
							t.Error(err)
						}
					})
				}
				wg.Wait()
			}
			return key, nil
		}, &cached.Options{MaxLoads: limit})
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				if _, err := f.Get(t.Context(), fmt.Sprint(i)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := m.max.Load(); got > 2*limit {
			t.Errorf("%d loads at a time with MaxLoads %d", got, limit)
		}
	})
}

// A loader keeps its context, ends, and its goroutines load on.
func TestFuncContextOfAFinishedLoadHasNoSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m most
		contexts := make(chan context.Context, 1)
		f := cached.Func(newInts(), func(ctx context.Context, n int) (string, error) {
			if n == 0 {
				contexts <- context.WithoutCancel(ctx)
				return "", nil
			}
			m.run(time.Second)
			return fmt.Sprint(n), nil
		}, &cached.Options{MaxLoads: 2})
		if _, err := f.Get(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		kept := <-contexts
		var wg sync.WaitGroup
		for i := 1; i <= 50; i++ {
			wg.Go(func() {
				if _, err := f.Get(kept, i); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := m.max.Load(); got != 2 {
			t.Errorf("%d loads at a time with MaxLoads 2", got)
		}
	})
}

// A load is over when the source has answered: its slot is free while its result is stored.
func TestFuncSlotIsFreeWhileTheResultIsStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newSlow(newMemory())
		open := make(chan struct{})
		c.fill = func(context.Context) error { <-open; return nil }
		f := cached.Func[string, string](c, newOrigin("a", "v", "b", "v").load, &cached.Options{MaxLoads: 1})
		calls := []<-chan result{
			async(func() (string, error) { return f.Get(t.Context(), "a") }),
			async(func() (string, error) { return f.Get(t.Context(), "b") }),
		}
		synctest.Wait()
		if stats, err := f.Stats(t.Context()); stats.Loads != 2 || err != nil {
			t.Errorf("%d loads, %v", stats.Loads, err)
		}
		close(open)
		for _, call := range calls {
			r := <-call
			expect(t, r.value, r.err, "v", nil)
		}
	})
}

// A load with a borrowed slot goes on when the lender has ended. The slot is its own then.
func TestFuncBorrowedSlotOutlivesItsLender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m most
		var f *cached.Function[string, string]
		f = cached.Func(newMemory(), func(ctx context.Context, key string) (string, error) {
			if key == "lender" {
				ctx, cancel := context.WithTimeout(ctx, time.Second)
				defer cancel()
				if _, err := f.Get(ctx, "borrower"); err != context.DeadlineExceeded {
					t.Errorf("the borrower: %v", err)
				}
				return key, nil
			}
			m.run(10 * time.Second)
			return key, nil
		}, &cached.Options{MaxLoads: 1})
		value, err := f.Get(t.Context(), "lender")
		expect(t, value, err, "lender", nil)
		for _, key := range []string{"borrower", "next", "last"} {
			value, err := f.Get(t.Context(), key)
			expect(t, value, err, key, nil)
		}
		if got := m.max.Load(); got != 1 {
			t.Errorf("%d loads at a time with MaxLoads 1", got)
		}
	})
}

// A load with a slot, which it could lend, gets many keys of another Function. Each key costs the same, however many
// there are.
func TestFuncGetManyInALoadWithASlotCostsTheSameForEachKey(t *testing.T) {
	inner := cached.Func(newInts(), func(context.Context, int) (string, error) { return "v", nil }, nil)
	allocated := func(keys []int) uint64 {
		outer := cached.Func(newMemory(), func(ctx context.Context, _ string) (string, error) {
			found, err := inner.GetMany(ctx, keys)
			return fmt.Sprint(len(found)), err
		}, &cached.Options{MaxLoads: 1})
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		value, err := outer.Get(t.Context(), "k")
		runtime.ReadMemStats(&after)
		expect(t, value, err, fmt.Sprint(len(keys)), nil)
		return after.TotalAlloc - before.TotalAlloc
	}
	keys := make([]int, 9_000)
	for i := range keys {
		keys[i] = i
	}
	few, many := allocated(keys[:1_000]), allocated(keys[1_000:])
	if many > 16*few {
		t.Errorf("1,000 keys allocate %d bytes, and 8,000 keys %d", few, many)
	}
}
