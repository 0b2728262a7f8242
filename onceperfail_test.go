package cached_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// A load that fails, or that finds nothing and stores nothing, ends its lease. The next process asks for itself.
func TestFuncOncePerClusterFailures(t *testing.T) {
	down := errors.New("source down")
	for name, failure := range map[string]error{"failure": down, "not found": ctxcache.ErrNotFound} {
		t.Run(name, func(t *testing.T) {
			clusterTest(t, func(t *testing.T, _ *cluster[string], process func() ctxcache.Cache[string, string]) {
				var loads atomic.Int64
				load := func(context.Context, string) (string, error) {
					time.Sleep(time.Second)
					if loads.Add(1) == 1 {
						return "", failure
					}
					return "v", nil
				}
				began := time.Now()
				opts := &cached.Options{TTL: time.Hour, OncePerCluster: true, ErrorCooldown: time.Hour}
				first, second := cached.Func(process(), load, opts), cached.Func(process(), load, opts)
				failing := async(func() (string, error) { return first.Get(t.Context(), "k") })
				synctest.Wait()
				value, err := second.Get(t.Context(), "k")
				expect(t, value, err, "v", nil)
				lateBy(t, began, 2*time.Second)
				r := <-failing
				expect(t, r.value, r.err, "", failure)
				if loads.Load() != 2 {
					t.Errorf("%d loads, want 2", loads.Load())
				}
			})
		})
	}
}

// A negative entry is an answer, too.
func TestFuncOncePerClusterNotFound(t *testing.T) {
	clusterTest(t, func(t *testing.T, _ *cluster[string], process func() ctxcache.Cache[string, string]) {
		s := newOrigin()
		began := time.Now()
		var all sync.WaitGroup
		for range 2 {
			f := cached.Func(process(), slowly(s), &cached.Options{NotFoundTTL: time.Hour, OncePerCluster: true})
			for range 10 {
				all.Go(func() {
					value, err := f.Get(t.Context(), "k")
					expect(t, value, err, "", ctxcache.ErrNotFound)
					lateBy(t, began, time.Second)
				})
			}
		}
		all.Wait()
		s.expect(t, 1)
	})
}

// What the holder has loaded may be deleted before it is stored. Then the lease is free, and the key is loaded again.
func TestFuncOncePerClusterInvalidated(t *testing.T) {
	clusterTest(t, func(t *testing.T, _ *cluster[string], process func() ctxcache.Cache[string, string]) {
		s := newOrigin("k", "old")
		began := time.Now()
		opts := &cached.Options{TTL: time.Hour, OncePerCluster: true}
		first := cached.Func(process(), slowly(s), opts)
		second := cached.Func(process(), slowly(s), opts)
		loading := async(func() (string, error) { return first.Get(t.Context(), "k") })
		synctest.Wait()
		waiting := async(func() (string, error) { return second.Get(t.Context(), "k") })
		time.Sleep(500 * time.Millisecond)
		if _, err := second.Delete(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		after := async(func() (string, error) { return second.Get(t.Context(), "k") }) // a second flight of the key
		<-loading
		s.set("k", "new")
		for _, call := range []<-chan result{waiting, after} {
			r := <-call
			expect(t, r.value, r.err, "new", nil)
		}
		lateBy(t, began, 1500*time.Millisecond)
		s.expect(t, 2)
	})
}

// Two flights of one key, of which the older was invalidated, never have one lease.
func TestFuncOncePerClusterTwoFlightsOfAKey(t *testing.T) {
	clusterTest(t, func(t *testing.T, store *cluster[string], process func() ctxcache.Cache[string, string]) {
		held := func() ctxcache.Lease {
			_, lease, _ := store.GetLease(context.WithoutCancel(t.Context()), "k", 0)
			return lease
		}
		held()
		s := newOrigin("k", "v")
		cache := process()
		f := cached.Func(cache, slowly(s), &cached.Options{TTL: time.Hour, OncePerCluster: true})
		calls := []<-chan result{async(func() (string, error) { return f.Get(t.Context(), "k") })}
		time.Sleep(time.Second)
		if _, err := f.Delete(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		lease := held() // before the Function asks again
		calls = append(calls, async(func() (string, error) { return f.Get(t.Context(), "k") }))
		time.Sleep(2 * time.Second) // both poll as often as they ever do
		if err := store.Release(t.Context(), "k", lease); err != nil {
			t.Fatal(err)
		}
		for _, call := range calls {
			r := <-call
			expect(t, r.value, r.err, "v", nil)
		}
		s.expect(t, 1)
	})
}
