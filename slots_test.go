package cached_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
)

func TestFuncMaxLoads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running, most atomic.Int64
		f := cached.Func(newMemory(), func(_ context.Context, key string) (string, error) {
			most.Store(max(most.Load(), running.Add(1)))
			time.Sleep(time.Second)
			running.Add(-1)
			return key, nil
		}, &cached.Options{MaxLoads: 3})
		start := time.Now()
		var wg sync.WaitGroup
		for i := range 24 {
			wg.Go(func() { // two callers for each key: joiners hold no slot
				key := fmt.Sprint(i / 2)
				if value, err := f.Get(t.Context(), key); value != key || err != nil {
					t.Errorf("%s: got %q, %v", key, value, err)
				}
			})
		}
		wg.Wait()
		if most.Load() != 3 || time.Since(start) != 4*time.Second {
			t.Errorf("%d loads at a time, and all took %v", most.Load(), time.Since(start))
		}
	})
}

func TestFuncWaitingForASlotEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGated()
		f := cached.Func(newMemory(), func(ctx context.Context, _ string) (string, error) { return g.load(ctx) },
			&cached.Options{MaxLoads: 1})
		first := async(func() (string, error) { return f.Get(t.Context(), "a") })
		<-g.began
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		value, err := f.Get(ctx, "b")
		expect(t, value, err, "", context.DeadlineExceeded)
		g.release <- "v"
		expect(t, (<-first).value, nil, "v", nil)
		go func() { <-g.began; g.release <- "w" }()
		value, err = f.Get(t.Context(), "b") // the slot was not taken by the one who left
		expect(t, value, err, "w", nil)
	})
}

func TestFuncNestedLoadUsesItsAncestorsSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f *cached.Function[int, string]
		f = cached.Func(newInts(), func(ctx context.Context, n int) (string, error) {
			if n == 0 {
				return "0", nil
			}
			below, err := f.Get(ctx, n-1)
			return fmt.Sprint(below, "+", n), err
		}, &cached.Options{MaxLoads: 1})
		sum, err := f.Get(t.Context(), 4)
		expect(t, sum, err, "0+1+2+3+4", nil)
	})
}

// The only slot is held by a load that waits for a load which queues for that slot: it lends it.
func TestFuncSlotIsLentToWhomItsHolderWaitsFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		queued := make(chan struct{})
		var f *cached.Function[string, string]
		f = cached.Func(newMemory(), func(ctx context.Context, key string) (string, error) {
			if key == "holder" {
				<-queued
				return f.Get(ctx, "queued")
			}
			return key, nil
		}, &cached.Options{MaxLoads: 1})
		holder := async(func() (string, error) { return f.Get(t.Context(), "holder") })
		synctest.Wait()
		other := async(func() (string, error) { return f.Get(t.Context(), "queued") })
		synctest.Wait()
		close(queued)
		for _, r := range []result{<-holder, <-other} {
			expect(t, r.value, r.err, "queued", nil)
		}
	})
}

// The same through a load in between, of a Function without a bound, that began to wait before it was waited for.
func TestFuncSlotIsLentAlongTheChain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chained := make(chan struct{})
		var bounded, free *cached.Function[string, string]
		bounded = cached.Func(newMemory(), func(ctx context.Context, key string) (string, error) {
			if key == "holder" {
				<-chained
				return free.Get(ctx, "between")
			}
			return key, nil
		}, &cached.Options{MaxLoads: 1})
		free = cached.Func(newMemory(), func(ctx context.Context, _ string) (string, error) {
			return bounded.Get(ctx, "queued")
		}, nil)
		holder := async(func() (string, error) { return bounded.Get(t.Context(), "holder") })
		synctest.Wait()
		between := async(func() (string, error) { return free.Get(t.Context(), "between") })
		synctest.Wait()
		close(chained)
		for _, r := range []result{<-holder, <-between} {
			expect(t, r.value, r.err, "queued", nil)
		}
	})
}

// Two bounded Functions that ask for each other do not wait for each other's slot.
func TestFuncSlotsOfTwoFunctionsMakeNoCircle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		started := make(chan struct{})
		var a, b *cached.Function[string, string]
		ask := func(other **cached.Function[string, string]) func(context.Context, string) (string, error) {
			return func(ctx context.Context, key string) (string, error) {
				if key == "leaf" {
					return key, nil
				}
				<-started
				return (*other).Get(ctx, "leaf")
			}
		}
		a = cached.Func(newMemory(), ask(&b), &cached.Options{MaxLoads: 1})
		b = cached.Func(newMemory(), ask(&a), &cached.Options{MaxLoads: 1})
		results := []<-chan result{
			async(func() (string, error) { return a.Get(t.Context(), "root") }),
			async(func() (string, error) { return b.Get(t.Context(), "root") }),
		}
		synctest.Wait()
		close(started)
		for _, r := range results {
			got := <-r
			expect(t, got.value, got.err, "leaf", nil)
		}
	})
}

func TestFuncRecursion(t *testing.T) {
	var a, b *cached.Function[string, string]
	a = cached.Func(newMemory(), func(ctx context.Context, key string) (string, error) { return b.Get(ctx, key) }, nil)
	b = cached.Func(newMemory(), func(ctx context.Context, key string) (string, error) { return a.Get(ctx, key) }, nil)
	for range 2 { // and it leaves nothing behind
		if _, err := a.Get(t.Context(), "k"); !errors.Is(err, cached.ErrRecursiveLoad) {
			t.Errorf("got %v", err)
		}
	}
}

// A goroutine that outlives the load that started it has no slot to lend, even if its load once ran in a lent one.
func TestFuncEndedLoadLendsNoSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		contexts, running, open := make(chan context.Context, 2), make(chan string, 3), make(chan struct{})
		var bounded, free *cached.Function[string, string]
		bounded = cached.Func(newMemory(), func(ctx context.Context, key string) (string, error) {
			if key == "outer" {
				contexts <- context.WithoutCancel(ctx)
				return free.Get(ctx, "nested")
			}
			running <- key
			<-open
			return key, nil
		}, &cached.Options{MaxLoads: 1})
		free = cached.Func(newMemory(), func(ctx context.Context, key string) (string, error) {
			contexts <- context.WithoutCancel(ctx)
			return key, nil
		}, nil)
		value, err := bounded.Get(t.Context(), "outer")
		expect(t, value, err, "nested", nil)
		ended, endedNested := <-contexts, <-contexts

		calls := map[string]<-chan result{"holder": async(func() (string, error) { return bounded.Get(t.Context(), "holder") })}
		synctest.Wait()
		calls["late"] = async(func() (string, error) { return bounded.Get(ended, "late") })
		calls["late nested"] = async(func() (string, error) { return bounded.Get(endedNested, "late nested") })
		synctest.Wait()
		if len(running) != 1 {
			t.Errorf("%d loads run in one slot", len(running))
		}
		close(open)
		for key, call := range calls {
			r := <-call
			expect(t, r.value, r.err, key, nil)
		}
	})
}
