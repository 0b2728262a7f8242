package twolevel_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// A cached function over two levels waits once for a far that is down: it does not ask for a lease after a read that has
// failed.
func TestResilientLoadWaitsOnceForFar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, told := newResilient()
		f := cached.Func(l.cache, func(context.Context, string) (int, error) { return 1, nil }, nil)
		l.farFault.Fail(errFar, cachetest.On())
		for _, key := range []string{"k", "l"} {
			if value, err := f.Get(t.Context(), key); value != 1 || err != nil {
				t.Fatalf("Get = %v, %v", value, err)
			}
			if errs := told.take(); len(errs) != 1 {
				t.Errorf("far has failed %d times in a Get, want once: %v", len(errs), errs)
			}
		}
	})
}

// A failed read makes one load go on with a local lease, and only if the load begins at once. A refresh asks far in any
// case.
func TestResilientFarIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := newResilient()
		failedRead := func() {
			l.farFault.Fail(errFar, cachetest.On())
			if _, err := l.cache.Get(t.Context(), "k"); err != ctxcache.ErrMiss {
				t.Fatal(err)
			}
			l.farFault.Heal()
		}
		lease := func(below time.Duration) {
			granted := mustLease(t, l.cache, "k", below)
			if granted.Local() {
				t.Error("the lease is local, although far works")
			}
			if err := ctxcache.Release(t.Context(), l.cache, "k", granted); err != nil {
				t.Error(err)
			}
		}
		failedRead()
		_, local, err := ctxcache.GetLease(t.Context(), l.cache, "k", 0)
		if !local.Local() || err != ctxcache.ErrMiss {
			t.Errorf("GetLease = %v, %v", local, err)
		}
		if err := ctxcache.Release(t.Context(), l.cache, "k", local); err != nil {
			t.Error(err)
		}
		wantFree(t, l.near, "k")
		lease(0)
		failedRead()
		time.Sleep(time.Second)
		lease(0)
		failedRead()
		lease(ctxcache.NoExpiry)
	})
}

// unleased returns two levels without leases, the store of far, and far's faults.
func unleased() (c *twolevel.Cache[string, int], store intCache, faults *cachetest.Faults) {
	store = newNear()
	far, faults := cachetest.Failing(store)
	near := newLimited(func(caps ctxcache.Cap) ctxcache.Cap { return caps &^ (ctxcache.CapLease | ctxcache.CapLeaseShared) })
	return twolevel.New(intCache(near), far, &twolevel.Options{Resilient: true}), store, faults
}

// A read that has just failed hides no value that was written since.
func TestReadOfWhatWasWrittenAfterAFailedRead(t *testing.T) {
	for _, way := range writesOver[int]() {
		synctest.Test(t, func(t *testing.T) {
			c, _, faults := unleased()
			defer wantClose(t, c)
			faults.Fail(errFar, cachetest.On())
			wantMiss[string, int](t, c, "k")
			faults.Heal()
			if err := way.Write(t.Context(), c, "k", ctxcache.NewEntry(1, time.Hour)); err != nil {
				t.Fatal(err)
			}
			layertest.WantValue[string, int](t, c, "k", 1)
		})
	}
}

// Far is asked again once it has answered another read.
func TestReadAfterTheOutageOfAFailedRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, store, faults := unleased()
		defer wantClose(t, c)
		layertest.MustSet(t, store, "k", 1)
		faults.Fail(errFar, cachetest.On())
		wantMiss[string, int](t, c, "k")
		faults.Heal()
		wantMiss[string, int](t, c, "other")
		layertest.WantValue[string, int](t, c, "k", 1)
	})
}
