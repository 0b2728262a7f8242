package cached_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// A call that bypasses the cache does not write to it, whatever its loader returns.
func TestBulkBypassStoresNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := newMemory()
		f := cached.Bulk(cache, func(context.Context, []string) (map[string]string, error) {
			return map[string]string{"asked": "v", "more": "v"}, nil
		}, nil)
		value, err := f.Get(ctxcache.WithBypass(t.Context()), "asked")
		expect(t, value, err, "v", nil)
		if _, err := f.GetMany(ctxcache.WithBypass(t.Context()), []string{"asked", "other"}); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		for _, key := range []string{"asked", "more"} {
			if value, err := cache.Get(t.Context(), key); err != ctxcache.ErrMiss {
				t.Errorf("the cache has %q under %s, %v", value, key, err)
			}
		}
	})
}

// A loader passes on an error about other keys than it was asked for. That does not say that its key is not found.
func TestBulkErrorOfOtherKeysIsNotNotFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		found, cache := true, newMemory()
		f := cached.Bulk(cache, func(context.Context, []string) (map[string]string, error) {
			if found {
				return map[string]string{"user:1": "v"}, nil
			}
			return nil, &ctxcache.ManyError[string]{Failed: map[string]error{"1": ctxcache.ErrNotFound}}
		}, &cached.Options{TTL: 10 * time.Second, NotFoundTTL: time.Minute, StaleIfError: time.Hour})
		for range 2 {
			value, err := f.Get(t.Context(), "user:1")
			expect(t, value, err, "v", nil)
			found = false
			time.Sleep(20 * time.Second)
		}
		if e, err := cache.GetEntry(t.Context(), "user:1"); e.Absent || err != nil {
			t.Errorf("the cache has %+v, %v", e, err)
		}
	})
}

// OnCacheError panics for a failure that no caller hears of. The process goes on.
func TestBulkExtraWhoseFailureMakesOnCacheErrorPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache, calls := &failingFills{ctxcache.NewForward[string, string](newMemory(), ctxcache.Description{})}, 0
		f := cached.Bulk(cache, func(context.Context, []string) (map[string]string, error) {
			return map[string]string{"asked": "v", "more": "v"}, nil
		}, &cached.Options{OnCacheError: func(context.Context, error) {
			calls++
			panic("bug in the hook")
		}})
		value, err := f.Get(t.Context(), "asked")
		expect(t, value, err, "v", nil)
		if err := f.Close(t.Context()); err != nil || calls == 0 {
			t.Errorf("Close: %v, after %d calls of the hook", err, calls)
		}
	})
}

// failingFills fails to store values of the key "more".
type failingFills struct {
	ctxcache.Forward[string, string]
}

func (c *failingFills) FillMany(
	ctx context.Context, entries map[string]ctxcache.Entry[string], leases map[string]ctxcache.Lease,
) error {
	if _, more := entries["more"]; more {
		return errDown
	}
	return c.Forward.FillMany(ctx, entries, leases)
}
