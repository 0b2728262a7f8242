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
	"github.com/ctxcache/cached/ctxcache"
)

// A load that hangs, and ignores its context, holds neither its key nor its lease nor its slot.
func TestFuncLoadTimeout(t *testing.T) {
	for _, refresh := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c, open := newLedger(), make(chan struct{})
			if refresh {
				if err := c.Set(t.Context(), "k", "old", 0); err != nil {
					t.Fatal(err)
				}
			}
			var hanging atomic.Bool
			hanging.Store(true)
			var cause error
			f := cached.Func(c, func(ctx context.Context, key string) (string, error) {
				if hanging.Load() {
					<-open
					if key == "k" {
						cause = context.Cause(ctx)
					}
					return "late", nil
				}
				return "v of " + key, nil
			}, &cached.Options{MaxLoads: 1})
			call := f.Get
			if refresh {
				call = f.Refresh
			}
			begin := time.Now()
			first := async(func() (string, error) { return call(t.Context(), "k") })
			synctest.Wait()
			queued := async(func() (string, error) { return f.Get(t.Context(), "other") })
			r := <-first
			expect(t, r.value, r.err, "", cached.ErrLoadTimeout)
			if r.err != cached.ErrLoadTimeout || errors.Is(r.err, context.DeadlineExceeded) || time.Since(begin) != 5*time.Minute {
				t.Errorf("%v after %v", r.err, time.Since(begin))
			}
			hanging.Store(false)
			synctest.Wait()
			expectNoLease(t, c, "k")
			if refresh { // a load that fails leaves the old value
				value, err := f.Get(t.Context(), "k")
				expect(t, value, err, "old", nil)
			}
			value, err := f.Refresh(t.Context(), "k")
			expect(t, value, err, "v of k", nil)
			close(open)
			synctest.Wait()
			if cause != cached.ErrLoadTimeout {
				t.Errorf("the loader's context ended by %v", cause)
			}
			value, err = f.Get(t.Context(), "k")
			expect(t, value, err, "v of k", nil)
			r = <-queued // it had its own 5 minutes
			if r.err != nil && r.err != cached.ErrLoadTimeout {
				t.Errorf("the queued load: %v", r.err)
			}
			stats, err := f.Stats(t.Context())
			if stats.Timeouts == 0 || stats.Late != stats.Timeouts || stats.Unstored.Ended != stats.Late || err != nil {
				t.Errorf("counted %+v, %v", stats, err)
			}
		})
	}
}

// The limit counts from when the source is asked, so a load that waits for a slot is not late.
func TestFuncLoadTimeoutDoesNotCountTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := cached.Func(newMemory(), func(_ context.Context, key string) (string, error) {
			time.Sleep(40 * time.Second)
			return key, nil
		}, &cached.Options{MaxLoads: 1, LoadTimeout: time.Minute})
		var calls []<-chan result
		for i := range 5 {
			calls = append(calls, async(func() (string, error) { return f.Get(t.Context(), fmt.Sprint(i)) }))
		}
		for i, call := range calls {
			r := <-call
			expect(t, r.value, r.err, fmt.Sprint(i), nil)
		}
	})
}

func TestFuncWithoutALoadTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := cached.Func(newMemory(), func(context.Context, string) (string, error) {
			time.Sleep(24 * time.Hour)
			return "v", nil
		}, &cached.Options{LoadTimeout: ctxcache.NoExpiry})
		value, err := f.Get(t.Context(), "k")
		expect(t, value, err, "v", nil)
	})
}

// A loader that honours its context returns the context's error. Callers do not take it for their own.
func TestFuncLoadTimeoutOfALoaderThatHonorsItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := cached.Func(newMemory(), func(ctx context.Context, _ string) (string, error) {
			<-ctx.Done()
			return "", ctx.Err()
		}, nil)
		for range 50 { // each of them ends, so there is no limit
			value, err := f.Get(t.Context(), "k")
			if err != cached.ErrLoadTimeout {
				t.Fatalf("%q, %v", value, err)
			}
		}
	})
}

// Loaders that hang for ever are limited, for one key and for all. At the limit the source is not asked.
func TestFuncLimitsOverdueLoaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running atomic.Int64
		open := make(chan struct{})
		f := cached.Func(newMemory(), func(context.Context, string) (string, error) {
			running.Add(1)
			defer running.Add(-1)
			<-open
			return "v", nil
		}, nil)
		for range 30 {
			if _, err := f.Get(t.Context(), "hot"); err != cached.ErrLoadTimeout {
				t.Fatal(err)
			}
		}
		if got := running.Load(); got != 10 {
			t.Errorf("%d loaders of one key hang, want 10", got)
		}
		for round := range 3 {
			var wg sync.WaitGroup
			for i := range 90 {
				wg.Go(func() {
					if _, err := f.Get(t.Context(), fmt.Sprint(round, i)); err != cached.ErrLoadTimeout {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		}
		if got := running.Load(); got != 100 {
			t.Errorf("%d loaders of all keys hang, want 100", got)
		}
		close(open)
		synctest.Wait()
		value, err := f.Get(t.Context(), "hot")
		expect(t, value, err, "v", nil)
	})
}

// The Tracer panics when the load's time is over, on no caller's goroutine. The callers hear of it.
func TestFuncLoadTimeoutWithATracerThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := make(chan struct{})
		defer close(open)
		f := cached.Func(newMemory(), func(context.Context, string) (string, error) {
			<-open
			return "late", nil
		}, &cached.Options{Tracer: endOfLoad(func() { panic("broken") })})
		_, err := f.Get(t.Context(), "k")
		var panicked *cached.PanicError
		if !errors.As(err, &panicked) || panicked.Value != "broken" {
			t.Errorf("Get: %v", err)
		}
	})
}

// panicsLate is a loader that panics, or ends its goroutine, after its time is over. Its callers have left, and the next
// load is not affected.
func TestFuncOverdueLoaderThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open, first := make(chan struct{}), true
		f := cached.Func(newMemory(), func(context.Context, string) (string, error) {
			if first {
				first = false
				<-open
				panic("boom")
			}
			return "v", nil
		}, nil)
		if _, err := f.Get(t.Context(), "k"); err != cached.ErrLoadTimeout {
			t.Fatal(err)
		}
		close(open)
		synctest.Wait()
		value, err := f.Get(t.Context(), "k")
		expect(t, value, err, "v", nil)
	})
}
