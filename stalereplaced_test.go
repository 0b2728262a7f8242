package cached_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// hangTwice returns a Function whose key "k" has a stale value, "1". A load of it has hung for 12 s, and another one has
// taken its place a second ago. Each of them answers down when its time is over, counted from its own beginning.
func hangTwice(
	t *testing.T, cache ctxcache.Cache[string, string], opts cached.Options, times ...time.Duration,
) (f *cached.Function[string, string], first, second <-chan result) {
	t.Helper()
	var loads atomic.Int64
	f = cached.Func(cache, func(context.Context, string) (string, error) {
		n := loads.Add(1)
		if n == 1 {
			return "1", nil
		}
		time.Sleep(times[n-2])
		return "", errDown
	}, &opts)
	expectGet(t, f, "1", nil)
	time.Sleep(20 * time.Second)
	first = async(func() (string, error) { return f.Get(t.Context(), "k") })
	time.Sleep(11 * time.Second)
	second = async(func() (string, error) { return f.Get(t.Context(), "k") })
	time.Sleep(time.Second)
	if loads.Load() != 3 {
		t.Fatalf("%d loads", loads.Load())
	}
	return f, first, second
}

// A call waits for a load whose place a newer load has taken. Its stale value is gone all the same when its process deletes
// the key.
func TestFuncDeletionDuringALoadThatWasReplaced(t *testing.T) {
	for name, soft := range map[string]time.Duration{"the load fails": 0, "the load is slow": 15 * time.Second} {
		t.Run(name, func(t *testing.T) {
			agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
				opts := cached.Options{TTL: 10 * time.Second, StaleIfError: time.Hour, SoftTimeout: soft}
				f, first, second := hangTwice(t, cache, opts, 20*time.Second, 30*time.Second, time.Second, time.Second)
				if _, err := f.Delete(t.Context(), "k"); err != nil {
					t.Fatal(err)
				}
				for _, call := range []<-chan result{first, second} {
					r := <-call
					expect(t, r.value, r.err, "", errDown)
				}
				time.Sleep(time.Minute) // until all loads have ended
			})
		})
	}
}

// A key does not cool down because of a load that began before the key was deleted, even if a newer one had its place.
func TestFuncCooldownOfALoadThatWasReplaced(t *testing.T) {
	agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
		opts := cached.Options{TTL: 10 * time.Second, ErrorCooldown: time.Hour}
		f, first, second := hangTwice(t, cache, opts, 20*time.Second, 20*time.Second, 0)
		if _, err := f.Delete(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		for _, call := range []<-chan result{first, second} {
			r := <-call
			expect(t, r.value, r.err, "", errDown)
		}
		_, err := f.Get(t.Context(), "k")
		if _, cooling := errors.AsType[*cached.CooldownError](err); cooling || !errors.Is(err, errDown) {
			t.Errorf("after the deletion: %v", err)
		}
		_, err = f.Get(t.Context(), "k")
		if _, cooling := errors.AsType[*cached.CooldownError](err); !cooling {
			t.Errorf("after a load that failed: %v", err)
		}
	})
}

// The load finds that the stale value, which its call has read, is gone. However long the load takes, the call does not
// return that value.
func TestFuncSlowLoadThatFindsTheStaleValueGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		cache, s, delay := newSlow(m), newOrigin("k", "1"), time.Duration(0)
		f := cached.Func(cache, func(ctx context.Context, key string) (string, error) {
			time.Sleep(delay)
			return s.load(ctx, key)
		}, &cached.Options{TTL: 10 * time.Second, StaleIfError: time.Hour, SoftTimeout: 2 * time.Second})
		expectGet(t, f, "1", nil)
		time.Sleep(20 * time.Second)
		delay = 5 * time.Second
		s.set("k", "2")
		cache.lease = func(ctx context.Context) error { return m.Delete(ctx, "k") } // by somebody else
		expectGet(t, f, "2", nil)
	})
}
