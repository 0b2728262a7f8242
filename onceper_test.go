package cached_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers/twolevel"
)

// cluster is a store that processes share. In these tests each Function over it stands for a process.
type cluster[V any] struct {
	ctxcache.Forward[string, V]

	down   atomic.Pointer[error] // the error of each GetLease and GetLeases, or nil
	refuse atomic.Bool           // no lease is granted, because of why
	why    ctxcache.Refusal
	leases atomic.Int64 // calls of GetLease and GetLeases
}

const clusterLease = 10 * time.Second // how long a lease lasts whose holder has died

func newCluster() *cluster[string] {
	store := memory.New(&memory.Options[string, string]{MaxEntries: memory.Unbounded, LeaseTTL: clusterLease})
	return &cluster[string]{Forward: ctxcache.NewForward[string, string](store, ctxcache.Description{Kind: "cluster"})}
}

func (c *cluster[V]) Supports() ctxcache.Cap { return c.Forward.Supports() | ctxcache.CapLeaseShared }

func (c *cluster[V]) GetLease(ctx context.Context, key string, below time.Duration) (ctxcache.Entry[V], ctxcache.Lease, error) {
	c.leases.Add(1)
	if err := c.down.Load(); err != nil {
		return ctxcache.Entry[V]{}, ctxcache.Lease{}, *err
	}
	if c.refuse.Load() {
		return ctxcache.Entry[V]{}, ctxcache.NoLease(c.why), ctxcache.ErrMiss
	}
	return c.Forward.GetLease(ctx, key, below)
}

func (c *cluster[V]) GetLeases(
	ctx context.Context, keys []string, below time.Duration,
) (map[string]ctxcache.Entry[V], map[string]ctxcache.Lease, error) {
	c.leases.Add(1)
	if err := c.down.Load(); err != nil {
		return nil, nil, *err
	}
	return c.Forward.GetLeases(ctx, keys, below)
}

// clusterTest runs a test in a bubble, over two stacks with one store: bare, and with a near level for each process.
func clusterTest(t *testing.T, test func(t *testing.T, store *cluster[string], process func() ctxcache.Cache[string, string])) {
	t.Run("one level", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			store := newCluster()
			test(t, store, func() ctxcache.Cache[string, string] { return store })
		})
	})
	t.Run("two levels", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			store := newCluster()
			test(t, store, func() ctxcache.Cache[string, string] {
				return twolevel.New(newMemory(), ctxcache.Cache[string, string](store), nil)
			})
		})
	})
}

// lateBy fails the test unless the time since began is at least least, and not much more: a poll later at most.
func lateBy(t *testing.T, began time.Time, least time.Duration) {
	t.Helper()
	if took := time.Since(began); took < least || took > least+100*time.Millisecond {
		t.Errorf("it took %v, want %v or up to 100 ms more", took, least)
	}
}

// slowly is a loader that asks s, which takes a second.
func slowly(s *origin) func(context.Context, string) (string, error) {
	return func(ctx context.Context, key string) (string, error) {
		time.Sleep(time.Second)
		return s.load(ctx, key)
	}
}

func TestFuncOncePerCluster(t *testing.T) {
	clusterTest(t, func(t *testing.T, _ *cluster[string], process func() ctxcache.Cache[string, string]) {
		s := newOrigin("k", "v")
		began := time.Now()
		var all sync.WaitGroup
		for range 2 {
			f := cached.Func(process(), slowly(s), &cached.Options{TTL: time.Hour, OncePerCluster: true})
			for range 100 {
				all.Go(func() {
					value, err := f.Get(t.Context(), "k")
					expect(t, value, err, "v", nil)
					lateBy(t, began, time.Second)
				})
			}
		}
		all.Wait()
		s.expect(t, 1)
	})
}

// Without the option, each process asks the source.
func TestFuncOncePerClusterIsAnOption(t *testing.T) {
	clusterTest(t, func(t *testing.T, _ *cluster[string], process func() ctxcache.Cache[string, string]) {
		s := newOrigin("k", "v")
		var all sync.WaitGroup
		for range 2 {
			f := cached.Func(process(), slowly(s), nil)
			all.Go(func() {
				value, err := f.Get(t.Context(), "k")
				expect(t, value, err, "v", nil)
			})
		}
		all.Wait()
		s.expect(t, 2)
	})
}

// Eight processes and many cold keys: each key is loaded once. Those that wait ask the store together.
func TestFuncOncePerClusterManyKeys(t *testing.T) {
	clusterTest(t, func(t *testing.T, store *cluster[string], process func() ctxcache.Cache[string, string]) {
		const processes, keys = 8, 100
		var loads atomic.Int64
		var all sync.WaitGroup
		for range processes {
			f := cached.Func(process(), func(_ context.Context, key string) (string, error) {
				loads.Add(1)
				time.Sleep(time.Second)
				return "v" + key, nil
			}, &cached.Options{TTL: time.Hour, OncePerCluster: true, MaxLoads: keys})
			for i := range keys {
				all.Go(func() {
					key := fmt.Sprint(i)
					value, err := f.Get(t.Context(), key)
					expect(t, value, err, "v"+key, nil)
				})
			}
		}
		all.Wait()
		if loads.Load() != keys {
			t.Errorf("%d loads of %d keys", loads.Load(), keys)
		}
		// 30 polls of a process in its second are more than its waits add up to.
		if most := int64(processes * (keys + 30)); store.leases.Load() > most {
			t.Errorf("%d calls for leases, want at most %d", store.leases.Load(), most)
		}
	})
}

// A holder that dies releases nothing. Another process loads when the lease ends.
func TestFuncOncePerClusterTakesOver(t *testing.T) {
	clusterTest(t, func(t *testing.T, store *cluster[string], process func() ctxcache.Cache[string, string]) {
		s := newOrigin("k", "v")
		began := time.Now()
		if _, lease, _ := store.GetLease(context.WithoutCancel(t.Context()), "k", 0); !lease.Granted() {
			t.Fatalf("the lease is %v", lease)
		}
		var all sync.WaitGroup
		for range 2 {
			f := cached.Func(process(), slowly(s), &cached.Options{TTL: time.Hour, OncePerCluster: true})
			for range 10 {
				all.Go(func() {
					value, err := f.Get(t.Context(), "k")
					expect(t, value, err, "v", nil)
				})
			}
		}
		all.Wait()
		s.expect(t, 1)
		if took := time.Since(began) - clusterLease - time.Second; took < 0 || took > 200*time.Millisecond {
			t.Errorf("the values came %v after the lease and a load", took)
		}
	})
}

// A key that somebody changes the source of, or for which no lease can be had, is loaded at once, and not stored.
func TestFuncOncePerClusterWaitsForLoadsOnly(t *testing.T) {
	for _, why := range []ctxcache.Refusal{ctxcache.Changing, ctxcache.Unavailable} {
		t.Run(why.String(), func(t *testing.T) {
			clusterTest(t, func(t *testing.T, store *cluster[string], process func() ctxcache.Cache[string, string]) {
				store.why = why
				store.refuse.Store(true)
				s := newOrigin("k", "v")
				began := time.Now()
				f := cached.Func(process(), s.load, &cached.Options{TTL: time.Hour, OncePerCluster: true})
				value, err := f.Get(t.Context(), "k")
				expect(t, value, err, "v", nil)
				if took := time.Since(began); took != 0 {
					t.Errorf("it took %v", took)
				}
				if _, err := store.Get(t.Context(), "k"); err != ctxcache.ErrMiss {
					t.Errorf("the store has the value: %v", err)
				}
			})
		})
	}
}

// A refresh does not wait: the load that another process has begun may be older than the call.
func TestFuncOncePerClusterRefresh(t *testing.T) {
	clusterTest(t, func(t *testing.T, _ *cluster[string], process func() ctxcache.Cache[string, string]) {
		s := newOrigin("k", "v")
		opts := &cached.Options{TTL: time.Hour, OncePerCluster: true}
		first, second := cached.Func(process(), slowly(s), opts), cached.Func(process(), slowly(s), opts)
		loading := async(func() (string, error) { return first.Get(t.Context(), "k") })
		time.Sleep(500 * time.Millisecond)
		began := time.Now()
		value, err := second.Refresh(t.Context(), "k")
		expect(t, value, err, "v", nil)
		if took := time.Since(began); took != time.Second {
			t.Errorf("it took %v", took)
		}
		r := <-loading
		expect(t, r.value, r.err, "v", nil)
		s.expect(t, 2)
	})
}
