package cached_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// GetMany has waited for a load that somebody has invalidated, and reads the cache again. Meanwhile another load of the key
// fails, so the key cools down. GetMany does not ask the source then.
func TestGetManyThatAsksAgainHeedsTheCooldown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache, stalls := cachetest.Stalling(ctxcache.Cache[string, string](newMemory()))
		down, loads, open := errors.New("source down"), 0, make(chan struct{})
		f := cached.Func(cache, func(context.Context, string) (string, error) {
			if loads++; loads > 1 {
				return "", down
			}
			<-open
			return "old", nil
		}, &cached.Options{ErrorCooldown: time.Hour})
		first := async(func() (string, error) { return f.Get(t.Context(), "k") })
		synctest.Wait()
		many := async(func() (string, error) {
			values, err := f.GetMany(t.Context(), []string{"k"})
			return values["k"], err
		})
		synctest.Wait()
		if err := cache.Delete(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		again := stalls.Stall(cachetest.On(ctxcache.OpGetEntries).First(1))
		close(open)
		r := <-first
		expect(t, r.value, r.err, "old", nil)
		<-again.Arrived()
		_, err := f.Get(t.Context(), "k")
		expect(t, "", err, "", down)
		again.Release()
		r = <-many
		if _, cooling := errors.AsType[*cached.CooldownError](ctxcache.KeyError(r.err, "k")); !cooling || loads != 2 {
			t.Errorf("GetMany = %q, %v, and the source was asked %d times", r.value, r.err, loads)
		}
	})
}
