package twolevel_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// Far still cannot clear a prefix. The replay deletes the keys that far has missed a deletion of all the same.
func TestReplayDeletesKeysWhileAClearFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far, faults := cachetest.Failing(newNear())
		c := twolevel.New(newNear(), far, &twolevel.Options{Resilient: true})
		defer wantClose(t, c)
		if err := c.Set(t.Context(), "k", 1, time.Hour); err != nil {
			t.Fatal(err)
		}
		faults.Fail(errFar, cachetest.On(ctxcache.OpDelete, ctxcache.OpDeleteMany, ctxcache.OpClear))
		if err := c.Delete(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		if err := ctxcache.ClearIn(t.Context(), c, ctxcache.Scope[string]{Prefix: "a"}); err != nil {
			t.Fatal(err)
		}
		faults.Heal()
		faults.Fail(errFar, cachetest.On(ctxcache.OpClear))
		time.Sleep(time.Minute)
		synctest.Wait()
		if value, err := far.Get(t.Context(), "k"); err != ctxcache.ErrMiss {
			t.Errorf("far has %v, %v", value, err)
		}
		faults.Heal()
		time.Sleep(time.Minute)
	})
}
