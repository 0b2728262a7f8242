package twolevel_test

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
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

// Far does not confirm a Clear, as when one of its servers is down. The replay does not try again all the time, because each
// try empties the servers that work. It deletes the keys as fast as ever, and clears when far can do it.
func TestReplayClearsRarelyWhileThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newNear()
		far, faults := cachetest.Failing(store)
		c := twolevel.New(newNear(), far, &twolevel.Options{Resilient: true})
		defer wantClose(t, c)
		keys := make([]string, 5_000)
		for i := range keys {
			keys[i] = strconv.Itoa(i)
			layertest.MustSet(t, store, keys[i], 1)
		}
		faults.Fail(errFar, cachetest.On(ctxcache.OpDelete, ctxcache.OpDeleteMany, ctxcache.OpClear))
		if err := c.DeleteMany(t.Context(), keys); err != nil {
			t.Fatal(err)
		}
		if err := c.Clear(t.Context(), ctxcache.Scope[string]{Prefix: "a"}); err != nil {
			t.Fatal(err)
		}
		faults.Heal()
		faults.Fail(errFar, cachetest.On(ctxcache.OpClear))
		before := faults.Injected()
		time.Sleep(2 * time.Second)
		if n, err := ctxcache.Len(t.Context(), store); n != 0 || err != nil {
			t.Errorf("far has %d keys, %v", n, err)
		}
		time.Sleep(time.Minute)
		if n := faults.Injected() - before; n < 5 || n > 15 {
			t.Errorf("far was asked to clear %d times in a minute, although it fails", n)
		}
		faults.Heal()
		time.Sleep(time.Minute + time.Second)
		wantMissed(t, c, 0)
	})
}

// The end of an outage makes the replay clear soon.
func TestReplayClearsSoonAfterAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far, faults := cachetest.Failing(newNear())
		c := twolevel.New(newNear(), far, &twolevel.Options{Resilient: true})
		defer wantClose(t, c)
		faults.Fail(errFar, cachetest.On())
		if err := c.Clear(t.Context(), ctxcache.Scope[string]{}); err != nil {
			t.Fatal(err)
		}
		if err := c.Delete(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		faults.Heal()
		time.Sleep(10 * time.Second)
		wantMissed(t, c, 0)
	})
}
