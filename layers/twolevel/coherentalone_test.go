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

// TestCoherentNearWorksAlone checks that a near whose stream of events is cut serves what it has, and what is written and
// loaded, while far is down, and that no copy of that time stays when the stream is back.
func TestCoherentNearWorksAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newNear()
		failing, faults := cachetest.Failing(store)
		far := &watchFaults{Forward: ctxcache.NewForward(failing, ctxcache.Description{})}
		near := newNear()
		c := twolevel.New(near, far, &twolevel.Options{Coherent: true, Resilient: true, OutageTTL: time.Hour})
		defer c.Close()
		layertest.MustSet(t, store, "before", 1)
		layertest.MustSet(t, store, "deleted there", 1)
		synctest.Wait()
		for _, key := range []string{"before", "deleted there"} {
			if _, err := c.Get(t.Context(), key); err != nil {
				t.Fatal(err)
			}
		}
		far.set(errWatch)
		faults.Fail(errFar, cachetest.On())
		synctest.Wait()
		loads := 0
		f := cached.Func(c, func(context.Context, string) (int, error) { loads++; return 2, nil }, &cached.Options{TTL: time.Hour})
		for range 100 {
			if got, err := f.Get(t.Context(), "loaded"); got != 2 || err != nil {
				t.Fatalf("Get = %v, %v", got, err)
			}
		}
		if loads != 1 {
			t.Errorf("%d loads", loads)
		}
		layertest.MustSet[string, int](t, c, "set", 3)
		for key, want := range map[string]int{"before": 1, "deleted there": 1, "loaded": 2, "set": 3} {
			layertest.WantValue[string, int](t, c, key, want)
		}
		if err := store.Delete(t.Context(), "deleted there"); err != nil { // by another process; near gets no event
			t.Fatal(err)
		}
		faults.Heal()
		far.set(nil)
		time.Sleep(10 * time.Second) // longer than the longest pause
		for _, key := range []string{"before", "deleted there", "loaded", "set"} {
			wantMiss(t, near, key)
		}
		wantMiss[string, int](t, c, "deleted there")
		layertest.WantValue[string, int](t, c, "before", 1)
	})
}

// TestCoherentNearLosesAloneLeases checks that a load of an outage does not fill near after the stream is back.
func TestCoherentNearLosesAloneLeases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failing, faults := cachetest.Failing(newNear())
		far := &watchFaults{Forward: ctxcache.NewForward(failing, ctxcache.Description{})}
		near := newNear()
		c := twolevel.New(near, far, &twolevel.Options{Coherent: true, Resilient: true})
		defer c.Close()
		synctest.Wait()
		far.set(errWatch)
		synctest.Wait()
		faults.Fail(errFar, cachetest.On(ctxcache.OpGetLease))
		lease := mustLease(t, c, "k", 0)
		if !lease.Local() {
			t.Fatalf("the lease is %v", lease)
		}
		far.set(nil) // the stream is back, and calls of far still fail
		time.Sleep(10 * time.Second)
		if err := fill(t, c, lease, false); err != ctxcache.ErrLeaseLost {
			t.Errorf("Fill = %v, want ErrLeaseLost", err)
		}
		wantMiss(t, near, "k")
	})
}

// TestFirstReadOfACoherentNearInAnOutage checks that the first call that finds out that far is down gets near's copy, in
// every way to read.
func TestFirstReadOfACoherentNearInAnOutage(t *testing.T) {
	contains := func(ctx context.Context, c intCache, key string) (int, error) {
		has, err := ctxcache.Contains(ctx, c, key)
		if !has && err == nil {
			err = ctxcache.ErrMiss
		}
		return 1, err
	}
	for _, read := range append(layertest.ReadWays[int](), layertest.ReadWay[int]{Name: "Contains", Read: contains}) {
		t.Run(read.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				failing, faults := cachetest.Failing(newNear())
				far := &watchFaults{Forward: ctxcache.NewForward(failing, ctxcache.Description{})}
				c := twolevel.New(newNear(), far, &twolevel.Options{Coherent: true, Resilient: true})
				defer c.Close()
				synctest.Wait()
				layertest.MustSet(t, intCache(far), "k", 1)
				synctest.Wait()
				layertest.WantValue[string, int](t, c, "k", 1)
				far.set(errWatch)
				faults.Fail(errFar, cachetest.On())
				synctest.Wait()
				if got, err := read.Read(t.Context(), c, "k"); got != 1 || err != nil {
					t.Errorf("%s = %v, %v", read.Name, got, err)
				}
			})
		})
	}
}
