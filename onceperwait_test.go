package cached_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// holdForever takes the lease of "k", as a load of another process does that never ends.
func holdForever(t *testing.T, store ctxcache.Cache[string, string]) {
	t.Helper()
	load, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	// Every key is due, so that a stale one is held, too.
	_, lease, err := ctxcache.GetLease(load, store, "k", ctxcache.NoExpiry)
	if !lease.Granted() {
		t.Fatalf("the lease is %v, %v", lease, err)
	}
}

// A caller whose context ends while it waits leaves at once. If no caller is left, nobody polls any more.
func TestFuncOncePerClusterContextEnds(t *testing.T) {
	clusterTest(t, func(t *testing.T, store *cluster[string], process func() ctxcache.Cache[string, string]) {
		holdForever(t, store)
		s := newOrigin("k", "v")
		f := cached.Func(process(), s.load, &cached.Options{OncePerCluster: true, ErrorCooldown: time.Hour})
		for range 2 { // the end of a context is not a failure
			ctx, cancel := context.WithTimeout(t.Context(), 1234*time.Millisecond)
			defer cancel()
			began := time.Now()
			value, err := f.Get(ctx, "k")
			expect(t, value, err, "", context.DeadlineExceeded)
			if took := time.Since(began); took != 1234*time.Millisecond {
				t.Errorf("it took %v", took)
			}
		}
		synctest.Wait()
		polls := store.leases.Load()
		time.Sleep(time.Minute)
		if more := store.leases.Load() - polls; more != 0 {
			t.Errorf("%d more polls", more)
		}
		s.expect(t, 0)
		if err := f.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// Close waits for calls that wait, as for loads. When it has lost its patience, they end.
func TestFuncOncePerClusterClose(t *testing.T) {
	clusterTest(t, func(t *testing.T, store *cluster[string], process func() ctxcache.Cache[string, string]) {
		holdForever(t, store)
		s := newOrigin("k", "v")
		f := cached.Func(process(), s.load, &cached.Options{OncePerCluster: true})
		waiting := async(func() (string, error) { return f.Get(t.Context(), "k") })
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		if err := f.Close(ctx); err != context.DeadlineExceeded {
			t.Errorf("Close = %v", err)
		}
		r := <-waiting
		expect(t, r.value, r.err, "", ctxcache.ErrClosed)
		if took := time.Since(began); took != time.Second {
			t.Errorf("it took %v", took)
		}
		if err := f.Close(t.Context()); err != nil {
			t.Error(err)
		}
		s.expect(t, 0)
	})
}

// A wait does not last longer than a load may. That is not a failure of the source.
func TestFuncOncePerClusterLoadTimeout(t *testing.T) {
	clusterTest(t, func(t *testing.T, store *cluster[string], process func() ctxcache.Cache[string, string]) {
		holdForever(t, store)
		s := newOrigin("k", "v")
		f := cached.Func(process(), s.load, &cached.Options{OncePerCluster: true, LoadTimeout: time.Minute, ErrorCooldown: time.Hour})
		for range 2 { // the key does not cool down
			began := time.Now()
			value, err := f.Get(t.Context(), "k")
			expect(t, value, err, "", cached.ErrLoadTimeout)
			if took := time.Since(began); took != time.Minute {
				t.Errorf("it took %v", took)
			}
		}
		s.expect(t, 0)
		if stats, err := f.Stats(t.Context()); stats.Loads != 0 || stats.LoadErrors != 0 || err != nil {
			t.Errorf("counted %d loads, %d failures, %v", stats.Loads, stats.LoadErrors, err)
		}
	})
}

// While another process refreshes a key, callers get its stale value: at once by StaleFor, and after SoftTimeout by
// StaleIfError.
func TestFuncOncePerClusterStale(t *testing.T) {
	for name, wait := range map[string]time.Duration{"stale for": 0, "stale if error": 300 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			clusterTest(t, func(t *testing.T, store *cluster[string], process func() ctxcache.Cache[string, string]) {
				opts := &cached.Options{TTL: 10 * time.Second, StaleFor: time.Minute, OncePerCluster: true}
				if wait > 0 {
					opts.StaleFor, opts.StaleIfError, opts.SoftTimeout = 0, time.Minute, wait
				}
				s := newOrigin("k", "1")
				f := cached.Func(process(), s.load, opts)
				expectGet(t, f, "1", nil)
				time.Sleep(10 * time.Second)
				_, lease, err := store.GetLease(context.WithoutCancel(t.Context()), "k", ctxcache.NoExpiry)
				if !lease.Granted() {
					t.Fatalf("the lease is %v, %v", lease, err)
				}
				began := time.Now()
				expectGet(t, f, "1", nil)
				if took := time.Since(began); took != wait {
					t.Errorf("it took %v, want %v", took, wait)
				}
				e := ctxcache.Entry[string]{Value: "2", Meta: ctxcache.Meta{TTL: 70 * time.Second, StaleFor: time.Minute}}
				if err := store.Fill(t.Context(), "k", lease, e); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Second)
				s.expect(t, 1)
				if wait > 0 { // the wait has gone on behind the caller, and has made a near copy
					expectGet(t, f, "2", nil)
				}
				s.expect(t, 1)
			})
		})
	}
}

// A load that waits for another process needs no slot.
func TestFuncOncePerClusterNeedsNoSlot(t *testing.T) {
	clusterTest(t, func(t *testing.T, store *cluster[string], process func() ctxcache.Cache[string, string]) {
		holdForever(t, store)
		s := newOrigin("k", "v", "other", "o")
		f := cached.Func(process(), s.load, &cached.Options{OncePerCluster: true, MaxLoads: 1})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		waiting := async(func() (string, error) { return f.Get(ctx, "k") })
		time.Sleep(time.Second)
		began := time.Now()
		value, err := f.Get(t.Context(), "other")
		expect(t, value, err, "o", nil)
		if took := time.Since(began); took != 0 {
			t.Errorf("it took %v", took)
		}
		cancel()
		<-waiting
	})
}

// The bound holds all the same, and a load that finds no place in the queue leaves its lease to another process.
func TestFuncOncePerClusterOverloaded(t *testing.T) {
	clusterTest(t, func(t *testing.T, _ *cluster[string], process func() ctxcache.Cache[string, string]) {
		s := newOrigin("a", "1", "b", "2", "c", "3")
		opts := cached.Options{TTL: time.Hour, OncePerCluster: true, MaxLoads: 1, MaxQueued: 1}
		busy, free := cached.Func(process(), slowly(s), &opts), cached.Func(process(), slowly(s), &opts)
		calls := make(map[string]<-chan result)
		for key, want := range map[string]string{"a": "1", "b": "2"} {
			calls[want] = async(func() (string, error) { return busy.Get(t.Context(), key) })
			synctest.Wait()
		}
		value, err := busy.Get(t.Context(), "c")
		expect(t, value, err, "", cached.ErrOverloaded)
		began := time.Now()
		value, err = free.Get(t.Context(), "c")
		expect(t, value, err, "3", nil)
		if took := time.Since(began); took != time.Second {
			t.Errorf("it took %v", took)
		}
		for want, call := range calls {
			r := <-call
			expect(t, r.value, r.err, want, nil)
		}
		s.expect(t, 3)
	})
}

// If the cache fails while a load waits, the load asks the source.
func TestFuncOncePerClusterCacheFails(t *testing.T) {
	clusterTest(t, func(t *testing.T, store *cluster[string], process func() ctxcache.Cache[string, string]) {
		holdForever(t, store)
		down := errors.New("cache down")
		for strict, want := range map[bool]error{false: nil, true: down} {
			store.down.Store(nil)
			f := cached.Func(process(), newOrigin("k", "v").load, &cached.Options{OncePerCluster: true, Strict: strict})
			waiting := async(func() (string, error) { return f.Get(t.Context(), "k") })
			time.Sleep(time.Second)
			store.down.Store(&down)
			began := time.Now()
			r := <-waiting
			if lateBy(t, began, 0); !errors.Is(r.err, want) || r.value == "" && want == nil {
				t.Errorf("strict %v: got %q, %v", strict, r.value, r.err)
			}
		}
	})
}

func TestOncePerClusterNeedsSharedLeases(t *testing.T) {
	opts := &cached.Options{OncePerCluster: true}
	if err := opts.Validate(); err != nil {
		t.Error(err)
	}
	f := cached.Func(newMemory(), newOrigin("k", "v").load, opts)
	value, err := f.Get(t.Context(), "k")
	expect(t, value, err, "", ctxcache.ErrOptions)
	if err := opts.ValidateFor(newCluster().Supports()); err != nil {
		t.Error(err)
	}
}
