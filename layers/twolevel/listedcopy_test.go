package twolevel_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// TestCopiesUnderAMissedClear checks that near that follows keeps a copy for OutageTTL at most while far must not be believed
// about its key: if the stream is cut, near may be read because the key is listed, and not because the copy is
// from a write that far has missed.
func TestCopiesUnderAMissedClear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near := newNear()
		far, faults := cachetest.Failing(newNear())
		c := following(t, near, far, twolevel.Options{
			Follow: changesOf(newNear()), Resilient: true, OutageTTL: time.Minute,
		})
		faults.Fail(errFar, cachetest.On(ctxcache.OpClear))
		if err := ctxcache.Clear(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		layertest.MustSet[string, int](t, c, "k", 1)
		layertest.WantValue(t, near, "k", 1)
		time.Sleep(time.Minute)
		wantMiss(t, near, "k")
	})
}
