package twolevel_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// whileAKeyIsRefused runs test with two levels. Far has missed a deletion of "k" in an outage, and now refuses the key.
func whileAKeyIsRefused(
	t *testing.T, operations []ctxcache.Operation, test func(t *testing.T, c *twolevel.Cache[string, int]),
) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var told reports
		far, faults := cachetest.Failing(newNear())
		c := twolevel.New(newNear(), far, &twolevel.Options{Resilient: true, OnFarError: told.add})
		defer wantClose(t, c)
		faults.Fail(errFar, cachetest.On())
		if err := c.Delete(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		layertest.MustSet[string, int](t, c, "other", 1)
		faults.Heal()
		layertest.MustSet[string, int](t, c, "other", 1) // the outage of writes ends
		told.take()
		faults.Fail(ctxcache.ErrKey, cachetest.On(operations...))
		test(t, c)
		if errs := told.take(); len(errs) > 0 {
			t.Errorf("an outage was reported: %v", errs)
		}
	})
}

// The replay strikes off a key that far refuses, because far cannot have it.
func TestReplayStrikesOffARefusedKey(t *testing.T) {
	deletions := []ctxcache.Operation{ctxcache.OpDelete, ctxcache.OpDeleteMany}
	whileAKeyIsRefused(t, deletions, func(t *testing.T, c *twolevel.Cache[string, int]) {
		time.Sleep(10 * time.Second)
		wantMissed(t, c, 0)
		wantMiss[string, int](t, c, "k")
	})
}

// A read of a listed key that far refuses returns far's answer, and begins no outage.
func TestReadOfARefusedKey(t *testing.T) {
	for _, way := range layertest.ReadWays[int]() {
		whileAKeyIsRefused(t, nil, func(t *testing.T, c *twolevel.Cache[string, int]) {
			if _, err := way.Read(t.Context(), c, "k"); !errors.Is(err, ctxcache.ErrKey) {
				t.Errorf("%s = %v, want ErrKey", way.Name, err)
			}
			wantMissed(t, c, 0)
		})
	}
}
