package cachetoolsutils_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// broken is a second level of which every operation fails, like the one of Python's test. It has three methods, as a
// cache without capabilities has.
type broken struct{}

var errBroken = errors.New("the second level is broken")

func (broken) Get(context.Context, string) (string, error)              { return "", errBroken }
func (broken) Set(context.Context, string, string, time.Duration) error { return errBroken }
func (broken) Delete(context.Context, string) error                     { return errBroken }

// brokenLevels are second levels that fail, with and without capabilities.
func brokenLevels() map[string]texts {
	failing, faults := cachetest.Failing(newStore[string]())
	faults.Fail(errBroken, cachetest.Target{})
	return map[string]texts{"three methods": broken{}, "all capabilities": failing}
}

// resilient has no NearTTL: Python has none.
var resilient = &cachetoolsutils.TwoLevelOptions{Resilient: true}

// TestResilience is the test of resilience of Python's CacheToolsUtils: the second level is broken, and the first one
// does the work alone. Items are set, found, read, overwritten and deleted.
func TestResilience(t *testing.T) {
	for name, second := range brokenLevels() {
		t.Run(name, func(t *testing.T) {
			c := cachetoolsutils.TwoLevelCache(newStore[string](), second, resilient)
			defer closeCache(t, c)
			wantMissing(t, c, "foo")
			for _, value := range []string{"bla", "another"} { // c["foo"] = value
				if err := c.Set(t.Context(), "foo", value, time.Hour); err != nil {
					t.Fatalf("Set: %v", err)
				}
				if got, err := c.Get(t.Context(), "foo"); got != value || err != nil { // c["foo"]
					t.Errorf("%q, %v, want what was set: %q", got, err, value)
				}
				if has, err := ctxcache.Contains(t.Context(), c, "foo"); !has || err != nil { // "foo" in c
					t.Errorf("Contains: %v, %v", has, err)
				}
			}
			if err := c.Delete(t.Context(), "foo"); err != nil { // del c["foo"]
				t.Errorf("Delete: %v", err)
			}
			wantMissing(t, c, "foo")
		})
	}
}

// wantMissing fails the test if the cache has the key, or fails.
func wantMissing(t *testing.T, c texts, key string) {
	t.Helper()
	if got, err := c.Get(t.Context(), key); err != ctxcache.ErrMiss {
		t.Errorf("Get of %s: %q, %v, want a miss", key, got, err)
	}
	if has, err := ctxcache.Contains(t.Context(), c, key); has || err != nil {
		t.Errorf("Contains of %s: %v, %v", key, has, err)
	}
}

func closeCache(t *testing.T, c texts) {
	t.Helper()
	if err := ctxcache.Close(c); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// A cached function calls its source once for each key, although the second level is broken.
func TestResilienceOfCachedFunctions(t *testing.T) {
	for name, second := range brokenLevels() {
		t.Run(name, func(t *testing.T) {
			c := cachetoolsutils.TwoLevelCache(newStore[string](), second, resilient)
			defer closeCache(t, c)
			loads := 0
			sum := cached.Func(c, func(_ context.Context, key string) (string, error) {
				loads++
				return "of " + key, nil
			}, &cached.Options{TTL: time.Hour})
			keys := []string{"a", "b", "c", "", "\x00"}
			for range 10 {
				for _, key := range keys {
					if got, err := sum.Get(t.Context(), key); got != "of "+key || err != nil {
						t.Fatalf("%q: %q, %v", key, got, err)
					}
				}
			}
			if loads != len(keys) {
				t.Errorf("%d loads of %d keys", loads, len(keys))
			}
		})
	}
}

// Without resilience callers get the errors of a broken second level, and the first level does not answer for it.
func TestBrokenSecondLevelWithoutResilience(t *testing.T) {
	for name, second := range brokenLevels() {
		t.Run(name, func(t *testing.T) {
			c := cachetoolsutils.TwoLevelCache(newStore[string](), second, nil)
			defer closeCache(t, c)
			if err := c.Set(t.Context(), "foo", "bla", time.Hour); !errors.Is(err, errBroken) {
				t.Errorf("Set: %v", err)
			}
			if got, err := c.Get(t.Context(), "foo"); !errors.Is(err, errBroken) {
				t.Errorf("Get: %q, %v", got, err)
			}
			if err := c.Delete(t.Context(), "foo"); !errors.Is(err, errBroken) {
				t.Errorf("Delete: %v", err)
			}
		})
	}
}

// Python keeps what the first level got in the outage, and reads the old value of the second level when the first one
// has lost it. Here the old value never comes back.
func TestResilienceEndsWithTheOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		second, faults := cachetest.Failing(newStore[string]())
		first := newStore[string]()
		c := cachetoolsutils.TwoLevelCache(first, second, resilient)
		defer closeCache(t, c)
		mustSet(t, c, "overwritten", "old")
		mustSet(t, c, "deleted", "old")
		faults.Fail(errBroken, cachetest.Target{})
		mustSet(t, c, "overwritten", "new")
		if err := c.Delete(t.Context(), "deleted"); err != nil {
			t.Fatal(err)
		}
		faults.Heal()
		if err := ctxcache.Clear(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		wantMissing(t, c, "overwritten")
		wantMissing(t, c, "deleted")
		time.Sleep(time.Minute) // the second level gets the deletions even if nobody asks
		wantKeys(t, second)
	})
}
