package memory_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// endless is the context of a load that is not known to end.
func endless(t testing.TB) context.Context { return context.WithoutCancel(t.Context()) }

// mustBeLoading fails the test unless another load keeps key.
func mustBeLoading(t testing.TB, c *memory.Cache[string, int], key string) {
	t.Helper()
	_, lease, err := c.GetLease(t.Context(), key, ctxcache.NoExpiry)
	if lease != ctxcache.NoLease(ctxcache.Loading) {
		t.Fatalf("GetLease(%q): %+v, %v; want another load", key, lease, err)
	}
}

// mustGrant is mustLease under ctx.
func mustGrant[K comparable, V any](ctx context.Context, t testing.TB, c *memory.Cache[K, V], key K) ctxcache.Lease {
	t.Helper()
	_, lease, err := c.GetLease(ctx, key, 0)
	if err != ctxcache.ErrMiss || !lease.Granted() {
		t.Fatalf("GetLease(%v): %+v, %v; want a lease", key, lease, err)
	}
	return lease
}

// A lease whose load is not known to end, and that is neither used nor released, ends by itself, exactly after LeaseTTL;
// another may be granted then.
func TestLeaseRunsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New(&memory.Options[string, int]{MaxEntries: memory.Unbounded, LeaseTTL: time.Second})
		ctx := endless(t)
		first, other := mustGrant(ctx, t, c, "k"), mustGrant(ctx, t, c, "other")
		time.Sleep(time.Second - 1)
		mustBeLoading(t, c, "k")
		if err := c.Fill(ctx, "other", other, ctxcache.Entry[int]{Value: 1}); err != nil {
			t.Errorf("Fill at the last moment: %v", err)
		}
		time.Sleep(time.Nanosecond)
		second := mustLease(t, c, "k", 0)
		for way, err := range everySpending(ctx, c, "k", first) {
			if err != ctxcache.ErrLeaseLost {
				t.Errorf("%s of the first: %v, want ErrLeaseLost", way, err)
			}
		}
		if err := c.Fill(ctx, "k", second, ctxcache.Entry[int]{Value: 2}); err != nil {
			t.Errorf("Fill of the second: %v", err)
		}
		mustGet(t, c, "k", 2)
	})
}

// A lease that ran out is lost even if nobody asked for another.
func TestLeaseRunsOutUnasked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New[string, int](nil)
		for _, way := range []string{"Fill", "FillMany", "Release", "ReleaseMany", "Drop"} {
			lease := mustGrant(endless(t), t, c, way)
			time.Sleep(time.Minute)
			if err := everySpending(t.Context(), c, way, lease)[way]; err != ctxcache.ErrLeaseLost {
				t.Errorf("%s: %v, want ErrLeaseLost", way, err)
			}
			mustMiss(t, c, way)
		}
	})
}

// A lease lives with its load, not with the call that asked for it.
func TestLeaseLivesWithItsLoad(t *testing.T) {
	for _, leaving := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c := memory.New(&memory.Options[string, int]{MaxEntries: memory.Unbounded, LeaseTTL: time.Second})
			load, end := context.WithCancel(t.Context())
			defer end()
			call, leave := context.WithCancel(t.Context())
			defer leave()
			lease := mustGrant(ctxcache.ForLoad(call, load), t, c, "k")
			if leaving {
				leave()
			}
			for range 3 {
				time.Sleep(time.Second)
				mustBeLoading(t, c, "k")
			}
			time.Sleep(time.Hour)
			if err := c.Fill(t.Context(), "k", lease, ctxcache.Entry[int]{Value: 1}); err != nil {
				t.Errorf("Fill after a long load: %v", err)
			}
			mustGet(t, c, "k", 1)
		})
	}
}

// If the context of GetLease was not made by ForLoad, the lease lives as long as that context.
func TestLeaseLivesWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New(&memory.Options[string, int]{MaxEntries: memory.Unbounded, LeaseTTL: time.Second})
		ctx, end := context.WithCancel(t.Context())
		defer end()
		used, ended := mustGrant(ctx, t, c, "used"), mustGrant(ctx, t, c, "ended")
		time.Sleep(time.Hour)
		if err := c.Fill(t.Context(), "used", used, ctxcache.Entry[int]{Value: 1}); err != nil {
			t.Errorf("Fill while the context lives: %v", err)
		}
		mustBeLoading(t, c, "ended") // which renews it
		end()
		time.Sleep(time.Second - 1)
		mustBeLoading(t, c, "ended")
		time.Sleep(time.Nanosecond)
		if err := c.Fill(t.Context(), "ended", ended, ctxcache.Entry[int]{Value: 1}); err != ctxcache.ErrLeaseLost {
			t.Errorf("Fill when the load has ended a LeaseTTL ago: %v, want ErrLeaseLost", err)
		}
	})
}

// A load that ended before LeaseTTL has passed leaves its lease the rest.
func TestLeaseOutlivesABriefContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New(&memory.Options[string, int]{MaxEntries: memory.Unbounded, LeaseTTL: time.Second})
		ctx, end := context.WithCancel(t.Context())
		lease := mustGrant(ctx, t, c, "k")
		end()
		time.Sleep(time.Second - 1)
		if err := c.Fill(t.Context(), "k", lease, ctxcache.Entry[int]{Value: 1}); err != nil {
			t.Errorf("Fill at the last moment: %v", err)
		}
	})
}

// A lease that ran out holds nobody off, even before a sweep has come to it.
func TestManyLeasesRunOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New(&memory.Options[int, int]{MaxEntries: memory.Unbounded, Shards: 1})
		const last = 19
		for key := range last + 1 {
			mustGrant(endless(t), t, c, key)
		}
		time.Sleep(time.Minute)
		mustGrant(endless(t), t, c, last) // the sweep begins with the first
		mustBeSound(t, c)
	})
}

// Abandoned leases do not pile up: grants and writes take them back. Those whose load lives stay.
func TestAbandonedLeasesAreSwept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New(&memory.Options[int, int]{MaxEntries: memory.Unbounded, Shards: 1, LeaseTTL: time.Second})
		const living = 3
		held := make(map[int]ctxcache.Lease)
		for i := range living {
			held[-1-i] = mustGrant(t.Context(), t, c, -1-i)
		}
		for key := range 1000 {
			mustGrant(endless(t), t, c, key)
			time.Sleep(10 * time.Millisecond)
			if _, leases := c.Kept(); leases > living+101 {
				t.Fatalf("%d leases are kept, want at most those of the last second, and of %d loads", leases, living)
			}
		}
		time.Sleep(time.Second)
		for range 100 {
			mustSet(t, c, 0, 0, 0)
		}
		if _, leases := c.Kept(); leases != living {
			t.Errorf("%d leases are kept after writes, want those of %d loads", leases, living)
		}
		for key, lease := range held {
			if err := c.Fill(t.Context(), key, lease, ctxcache.Entry[int]{Value: key}); err != nil {
				t.Errorf("Fill(%d): %v", key, err)
			}
		}
		mustBeSound(t, c)
	})
}
