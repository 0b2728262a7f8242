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

// The loader panics, the cache does not take the lease back, and the hook that hears of that panics, too. Close does not
// wait for this load.
func TestHookThatPanicsAsTheLeaseIsGivenBackDoesNotHoldUpClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := errors.New("cache down")
		cache, faults := cachetest.Failing(ctxcache.Cache[string, string](newMemory()))
		faults.Fail(down, cachetest.On(ctxcache.OpRelease))
		f := cached.Func(cache, func(context.Context, string) (string, error) { panic("loader") }, &cached.Options{
			OnCacheError: func(context.Context, error) { panic("hook") },
		})
		if r := <-async(func() (string, error) { return f.Get(t.Context(), "k") }); r.err == nil {
			t.Errorf("Get = %q", r.value)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := f.Close(ctx); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
}

// Close waits for loads that have begun, but have not asked the cache for their leases yet, whatever the cache says about its
// timeouts.
func TestFuncCloseDrainsLoadsThatHaveNotAskedForTheirLeases(t *testing.T) {
	for name, limits := range map[string]ctxcache.Timeouts{"limits": {}, "no limits": unlimited} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cache := newSlow(newMemory())
				cache.timeouts = limits
				f := cached.Func[string, string](cache, func(_ context.Context, key string) (string, error) {
					time.Sleep(time.Second)
					return "v" + key, nil
				}, &cached.Options{MaxLoads: 1})
				first := async(func() (string, error) { return f.Get(t.Context(), "a") })
				synctest.Wait()
				second := async(func() (string, error) { return f.Get(t.Context(), "b") })
				synctest.Wait()
				if err := f.Close(context.WithoutCancel(t.Context())); err != nil {
					t.Errorf("Close: %v", err)
				}
				r := <-first
				expect(t, r.value, r.err, "va", nil)
				r = <-second
				expect(t, r.value, r.err, "vb", nil)
				expectClosed(t, f)
			})
		})
	}
}
