package twolevel_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// TestReplayAlone checks that far gets the deletions even if nobody reads, and that it gets no values.
func TestReplayAlone(t *testing.T) {
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, _ := newResilient()
				defer func() { _ = ctxcache.Close(l.cache) }()
				layertest.MustSet(t, l.far, "k", 1)
				l.farFault.Fail(errFar, cachetest.On())
				if err := change(t.Context(), l.cache); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute) // the replay fails
				if stats, _ := ctxcache.GetStats(t.Context(), l.cache); stats.Missed == 0 {
					t.Error("nothing is listed")
				}
				l.farFault.Heal()
				layertest.MustSet(t, l.far, "k", 3) // by another process, which does not know of the change
				time.Sleep(2 * time.Minute)         // longer than the longest pause
				wantMissed(t, l.cache, 0)
				wantMiss(t, l.far, "k")
			})
		})
	}
}

// TestOverflow checks that far is not believed about any key once too many are listed, until it has been cleared. A far
// that cannot be cleared is not believed any more.
func TestOverflow(t *testing.T) {
	for name, kind := range downFars {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := newNear()
				far, faults := cachetest.Failing(store)
				c := twolevel.New(newNear(), kind(far), &twolevel.Options{Resilient: true})
				defer c.Close()
				layertest.MustSet(t, store, "k", 1)
				faults.Fail(errFar, cachetest.On())
				keys := make([]string, 100_001)
				for i := range keys {
					keys[i] = fmt.Sprint(i)
				}
				if err := c.DeleteMany(t.Context(), keys); err != nil {
					t.Fatal(err)
				}
				wantMissed(t, c, -1)
				faults.Heal()
				wantMiss[string, int](t, c, "k")
				time.Sleep(time.Minute)
				if !ctxcache.Supports[string, int](c).Has(ctxcache.CapClear) {
					wantMissed(t, c, -1)
					layertest.MustSet(t, store, "k", 1)
					wantMiss[string, int](t, c, "k")
					return
				}
				wantMissed(t, c, 0)
				layertest.MustSet(t, store, "k", 1)
				if got, err := c.Get(t.Context(), "k"); got != 1 || err != nil {
					t.Errorf("Get = %v, %v", got, err)
				}
			})
		})
	}
}

// TestCloseReportsMissedKeys checks that OnFarError hears once of the changes that far never got.
func TestCloseReportsMissedKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, told := newResilient()
		l.farFault.Fail(errFar, cachetest.On())
		if err := ctxcache.DeleteMany(t.Context(), l.cache, []string{"a", "b"}); err != nil {
			t.Fatal(err)
		}
		told.take()
		for range 2 {
			if err := ctxcache.Close(l.cache); err != nil {
				t.Error(err)
			}
		}
		if errs := told.take(); len(errs) != 1 || !errors.Is(errs[0], twolevel.ErrMissed) {
			t.Errorf("reported %v, want ErrMissed once", errs)
		}
		before := l.farLog.Count()
		time.Sleep(time.Minute)
		if n := l.farLog.Count() - before; n != 0 {
			t.Errorf("far was asked %d times after Close", n)
		}
	})
}

// TestCloseWaitsForTheReplay checks that far is not asked after Close, even if a round is under way.
func TestCloseWaitsForTheReplay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := newResilient()
		l.farFault.Fail(errFar, cachetest.On(ctxcache.OpDelete))
		if err := l.cache.Delete(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		replay := l.farStall.Stall(cachetest.On(ctxcache.OpDeleteMany))
		<-replay.Arrived()
		if err := ctxcache.Close(l.cache); err != nil { // it ends the context of the round
			t.Error(err)
		}
	})
}

// TestReplaySurvivesAPanic checks that OnFarError hears of a panic in the replay, which goes on.
func TestReplaySurvivesAPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told reports
		store, fails := newNear(), 3
		far := cachetest.Hooked(store, cachetest.Hook[string]{Before: func(_ context.Context, call cachetest.Call[string]) error {
			if fails--; fails >= 0 && call.Operation == ctxcache.OpDeleteMany {
				panic("far")
			}
			if call.Operation == ctxcache.OpDelete {
				return errFar
			}
			return nil
		}})
		c := twolevel.New(newNear(), far, &twolevel.Options{Resilient: true, OnFarError: told.add})
		defer c.Close()
		layertest.MustSet(t, store, "k", 1)
		if err := c.Delete(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if errs := told.take(); len(errs) != 3 {
			t.Errorf("reported %v, want far's error and two panics", errs)
		}
		wantMissed(t, c, 0)
		wantMiss(t, store, "k")
	})
}
