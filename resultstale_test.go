package cached_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// A call that waits for another caller's load, and then gets its stale value, has joined that load.
func TestFuncGetResultOfAJoinerWithAStaleValue(t *testing.T) {
	agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
		s, delay := newOrigin("k", "1"), time.Duration(0)
		f := cached.Func(cache, func(ctx context.Context, key string) (string, error) {
			time.Sleep(delay)
			return s.load(ctx, key)
		}, &cached.Options{TTL: 10 * time.Second, StaleIfError: time.Minute, SoftTimeout: time.Second})
		expectGet(t, f, "1", nil)
		time.Sleep(20 * time.Second)
		s.fail(errDown)
		delay = 2 * time.Second
		for _, want := range []cached.Result[string]{
			{Value: "1", Age: 21 * time.Second, Stale: true, Why: cached.WhySlow},
			{Value: "1", Age: 21 * time.Second, Stale: true, Joined: true, Why: cached.WhySlow},
		} {
			go func() {
				got, err := f.GetResult(t.Context(), "k")
				got.Level = "" // the stacks differ
				if got != want || err != nil {
					t.Errorf("got %+v, %v; want %+v", got, err, want)
				}
			}()
			synctest.Wait()
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		r, err := f.GetResult(t.Context(), "k") // the key cools down, so there is nothing to join
		if r.Joined || !r.Stale || r.Why != cached.WhyFailed || err != nil {
			t.Errorf("got %+v, %v", r, err)
		}
	})
}

// A value that was loaded for the default TTL of its cache is not stale. Only the cache knows how long it is fresh.
func TestFuncGetResultOfTheDefaultTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := memory.New(&memory.Options[string, string]{MaxEntries: 10, TTL: time.Minute})
		f := cached.Func(cache, newOrigin("k", "1").load, nil)
		expectResult(t, f, cached.Result[string]{
			Value: "1", Level: cached.LevelSource, TTL: ctxcache.Unknown, Loaded: true, Why: cached.WhyLoaded,
		})
		time.Sleep(time.Second)
		expectResult(t, f, cached.Result[string]{
			Value: "1", Level: cached.LevelCache, Age: time.Second, TTL: 59 * time.Second, Why: cached.WhyHit,
		})
	})
}

// A value that is not stored is not stale either.
func TestFuncGetResultOfAValueThatIsNotStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := cached.Func(newMemory(), func(ctx context.Context, _ string) (string, error) {
			cached.LoadOf[string](ctx).NoStore()
			return "1", nil
		}, &cached.Options{TTL: time.Minute, StaleFor: time.Minute})
		expectResult(t, f, cached.Result[string]{
			Value: "1", Level: cached.LevelSource, TTL: ctxcache.Unknown, Loaded: true, Why: cached.WhyLoaded,
		})
	})
}

// A Function without stale options returns whatever the cache has. If another Function has stored it with a stale window,
// the result says when it is stale.
func TestFuncGetResultOfAnotherFunctionsStaleValue(t *testing.T) {
	agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
		s := newOrigin("k", "1")
		long := cached.Func(cache, s.load, &cached.Options{TTL: 10 * time.Second, StaleFor: time.Minute})
		plain := cached.Func(cache, s.load, &cached.Options{TTL: 10 * time.Second})
		expectGet(t, long, "1", nil)
		for _, want := range []cached.Result[string]{
			{Value: "1", Age: 9 * time.Second, TTL: time.Second, Why: cached.WhyHit},
			{Value: "1", Age: 18 * time.Second, Stale: true, Why: cached.WhyHit},
		} {
			time.Sleep(9 * time.Second)
			got, err := plain.GetResult(t.Context(), "k")
			got.Level = "" // the stacks differ
			if got != want || err != nil {
				t.Errorf("got %+v, %v; want %+v", got, err, want)
			}
		}
		s.expect(t, 1)
	})
}
