package twolevel_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// withoutLeases returns two levels whose far answers reads and grants no leases, as a replica does. The cache knows that.
func withoutLeases(t *testing.T) *twoLevels {
	t.Helper()
	l, _ := newResilient()
	l.farFault.Fail(errFar, cachetest.On(ctxcache.OpGetLease, ctxcache.OpGetLeases))
	mustLease(t, l.cache, "first", 0)
	wantMiss[string, int](t, l.cache, "none")
	return l
}

// A read that far answers does not end the outage of a local lease: far still grants none.
func TestLocalLeaseOutlivesReads(t *testing.T) {
	for _, many := range []bool{false, true} {
		l := withoutLeases(t)
		lease := localLease(t, l, "k", many)
		layertest.MustSet(t, l.far, "hit", 1)
		layertest.WantValue[string, int](t, l.cache, "hit", 1)
		wantMiss[string, int](t, l.cache, "other")
		if _, err := ctxcache.GetEntries(t.Context(), l.cache, []string{"hit", "other too"}); err != nil {
			t.Fatal(err)
		}
		if err := ctxcache.Fill(t.Context(), l.cache, "k", lease, ctxcache.NewEntry(2, time.Hour)); err != nil {
			t.Fatalf("many %v: Fill = %v", many, err)
		}
		layertest.WantValue[string, int](t, l.near, "k", 2)
	}
}

// localLease returns the local lease of a load that begins.
func localLease(t *testing.T, l *twoLevels, key string, many bool) ctxcache.Lease {
	t.Helper()
	if !many {
		lease := mustLease(t, l.cache, key, 0)
		if !lease.Local() {
			t.Fatalf("the lease is %v", lease)
		}
		return lease
	}
	_, leases, err := ctxcache.GetLeases(t.Context(), l.cache, []string{key}, 0)
	if err != nil || !leases[key].Local() {
		t.Fatal(leases, err)
	}
	return leases[key]
}

func TestLoadsOnceWhileFarGrantsNoLeases(t *testing.T) {
	l := withoutLeases(t)
	layertest.MustSet(t, l.far, "hit", 1)
	loads := 0
	f := cached.Func(l.cache, func(context.Context, string) (int, error) {
		loads++
		layertest.WantValue[string, int](t, l.cache, "hit", 1)
		return 2, nil
	}, &cached.Options{TTL: time.Hour})
	for range 10 {
		if got, err := f.Get(t.Context(), "loaded"); got != 2 || err != nil {
			t.Fatal(got, err)
		}
	}
	if loads != 1 {
		t.Errorf("%d loads", loads)
	}
}

// A lease that far grants ends the outage. A value that was loaded before may be older than far's.
func TestGrantEndsAnOutageOfLeases(t *testing.T) {
	for _, many := range []bool{false, true} {
		l := withoutLeases(t)
		lease := localLease(t, l, "k", many)
		l.farFault.Heal()
		if many {
			_, leases, err := ctxcache.GetLeases(t.Context(), l.cache, []string{"other"}, 0)
			if err != nil || leases["other"].Local() || !leases["other"].Granted() {
				t.Fatal(leases, err)
			}
		} else if mustLease(t, l.cache, "other", 0).Local() {
			t.Fatal("the lease of a far that grants leases is local")
		}
		if err := ctxcache.Fill(t.Context(), l.cache, "k", lease, ctxcache.NewEntry(2, time.Hour)); err != ctxcache.ErrLeaseLost {
			t.Errorf("many %v: Fill = %v", many, err)
		}
		wantMiss(t, l.near, "k")
	}
}

// replica answers reads, and GetLease of what it has. It grants no leases.
type replica struct{ ctxcache.Forward[string, int] }

func (r *replica) GetLease(ctx context.Context, key string, _ time.Duration) (ctxcache.Entry[int], ctxcache.Lease, error) {
	e, err := r.GetEntry(ctx, key)
	if err == ctxcache.ErrMiss {
		err = errFar
	}
	return e, ctxcache.Lease{}, err
}

func (r *replica) GetLeases(ctx context.Context, keys []string, _ time.Duration) (
	found map[string]ctxcache.Entry[int], leases map[string]ctxcache.Lease, err error,
) {
	found, leases = make(map[string]ctxcache.Entry[int]), make(map[string]ctxcache.Lease)
	failed := make(map[string]error)
	for _, key := range keys {
		switch e, _, err := r.GetLease(ctx, key, 0); err {
		case nil:
			found[key] = e
		default:
			failed[key] = err
		}
	}
	return found, leases, ctxcache.NewManyError(failed)
}

// A GetLease that returns far's value does not show that far grants leases.
func TestHitOfGetLeaseDoesNotEndAnOutageOfLeases(t *testing.T) {
	store := newNear()
	layertest.MustSet(t, store, "hit", 1)
	l := &twoLevels{near: newNear(), far: store}
	l.cache = twolevel.New(l.near, intCache(&replica{ctxcache.NewForward(store, ctxcache.Description{})}),
		&twolevel.Options{Resilient: true})
	mustLease(t, l.cache, "first", 0)
	wantMiss[string, int](t, l.cache, "none")
	for _, many := range []bool{false, true} {
		if err := l.near.Delete(t.Context(), "hit"); err != nil {
			t.Fatal(err)
		}
		key := map[bool]string{false: "k", true: "l"}[many]
		lease := localLease(t, l, key, many)
		var e ctxcache.Entry[int]
		var err error
		if many {
			var found map[string]ctxcache.Entry[int]
			found, _, err = ctxcache.GetLeases(t.Context(), l.cache, []string{"hit"}, 0)
			e = found["hit"]
		} else {
			e, _, err = ctxcache.GetLease(t.Context(), l.cache, "hit", 0)
		}
		if e.Value != 1 || err != nil {
			t.Fatal(e, err)
		}
		if err := ctxcache.Fill(t.Context(), l.cache, key, lease, ctxcache.NewEntry(2, time.Hour)); err != nil {
			t.Errorf("many %v: Fill = %v", many, err)
		}
	}
}

// Far gets a value from another process while this one loads an older one by a local lease. Once a read has returned far's
// value, the older one must not follow.
func TestLocalLeaseEndsWhenFarHasTheKey(t *testing.T) {
	for _, many := range []bool{false, true} {
		l := withoutLeases(t)
		lease := localLease(t, l, "k", many)
		layertest.MustSet(t, l.far, "k", 2)
		if many {
			if found, err := ctxcache.GetEntries(t.Context(), l.cache, []string{"k"}); found["k"].Value != 2 || err != nil {
				t.Fatal(found, err)
			}
		} else {
			layertest.WantValue[string, int](t, l.cache, "k", 2)
		}
		if err := ctxcache.Fill(t.Context(), l.cache, "k", lease, ctxcache.NewEntry(1, time.Hour)); err != ctxcache.ErrLeaseLost {
			t.Errorf("many %v: Fill = %v", many, err)
		}
		layertest.WantValue[string, int](t, l.cache, "k", 2)
	}
}

// refusedLeases makes far refuse leases, too, and asks for one.
func (c *cutOffCache) refusedLeases(t *testing.T) {
	t.Helper()
	c.faults.Fail(errors.New("READONLY"), cachetest.On(ctxcache.OpGetLease, ctxcache.OpGetLeases))
	c.load(t)
}

// load asks for a lease.
func (c *cutOffCache) load(t *testing.T) {
	t.Helper()
	if _, _, err := ctxcache.GetLease(t.Context(), c.Cache, "loaded", 0); err != ctxcache.ErrMiss {
		t.Fatal(err)
	}
}

// Far answers reads, so near does not return what it had before its stream of changes was cut.
func TestCoherentReadsFarThatGrantsNoLeases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cutOff(t)
		if v, err := c.Cache.Get(t.Context(), "k"); v != newer || err != nil {
			t.Fatal(v, err)
		}
		c.refusedLeases(t)
		for range 100 {
			if v, err := c.Cache.Get(t.Context(), "k"); v != newer || err != nil {
				t.Fatalf("Get = %d, %v, after it was %d", v, err, newer)
			}
			c.load(t)
			time.Sleep(time.Second)
		}
	})
}

// If nobody has read far since the stream was cut, near works alone until far has been asked.
func TestCoherentAsksWhetherFarThatGrantsNoLeasesAnswersReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cutOff(t)
		c.refusedLeases(t)
		if v, err := c.Cache.Get(t.Context(), "k"); v != older || err != nil {
			t.Fatal(v, err)
		}
		for range 100 {
			time.Sleep(time.Second)
			if v, err := c.Cache.Get(t.Context(), "k"); v != newer || err != nil {
				t.Fatalf("Get = %d, %v, but far answers %d", v, err, newer)
			}
			c.load(t)
		}
	})
}

// A far that granted no leases stops to answer reads. Callers that only load find that near works alone.
func TestCoherentNearWorksAloneAfterFarGrantedNoLeases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cutOff(t)
		if v, err := c.Cache.Get(t.Context(), "k"); v != newer || err != nil {
			t.Fatal(v, err)
		}
		c.refusedLeases(t)
		time.Sleep(time.Minute)
		c.faults.Fail(errors.New("no connection"), cachetest.On())
		c.load(t)
		time.Sleep(time.Second)
		if v, err := c.Cache.Get(t.Context(), "k"); v != older || err != nil {
			t.Errorf("Get = %d, %v, but near has %d", v, err, older)
		}
	})
}
