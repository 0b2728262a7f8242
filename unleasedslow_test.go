package cached_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// lagging is a cache of three methods whose Set takes longer than callers wait for it.
type lagging struct{ ctxcache.Cache[string, string] }

func (c lagging) Set(ctx context.Context, key, value string, ttl time.Duration) error {
	time.Sleep(200 * time.Millisecond)
	return c.Cache.Set(ctx, key, value, ttl)
}

// Calls come while the value is stored, and load, too. No load deletes what another one has stored: nobody has invalidated
// the key.
func TestFuncStoresAHotKeyInASlowCacheWithoutLeases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache, s := lagging{struct{ ctxcache.Cache[string, string] }{newMemory()}}, newOrigin("k", "v")
		f := cached.Func[string, string](cache, s.load, nil)
		for range 50 {
			value, err := f.Get(t.Context(), "k")
			expect(t, value, err, "v", nil)
			time.Sleep(50 * time.Millisecond)
		}
		if s.count() > 5 {
			t.Errorf("the source was asked %d times", s.count())
		}
		value, err := cache.Get(t.Context(), "k")
		expect(t, value, err, "v", nil)
	})
}

// Two loads of a key are stored one after the other, because the first takes so long. The newer value stays. A Delete that
// comes meanwhile ends both.
func TestFuncStoresTheNewerOfTwoLoadsLast(t *testing.T) {
	for name, deleted := range map[string]bool{"": false, "deleted": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cache, s := lagging{struct{ ctxcache.Cache[string, string] }{newMemory()}}, newOrigin("k", "1")
				f := cached.Func[string, string](cache, s.load, nil)
				expectAsync := func(want string) {
					value, err := f.Get(t.Context(), "k")
					expect(t, value, err, want, nil)
				}
				expectAsync("1") // after 100 ms; it is stored after 200 ms
				s.set("k", "2")
				expectAsync("2") // after 200 ms; it is stored after that
				if deleted {
					if _, err := f.Delete(t.Context(), "k"); err != nil {
						t.Fatal(err)
					}
					if value, err := cache.Get(t.Context(), "k"); err != ctxcache.ErrMiss {
						t.Errorf("after the deletion: %q, %v", value, err)
					}
				}
				time.Sleep(10 * time.Second)
				value, err := cache.Get(t.Context(), "k")
				if deleted {
					expect(t, value, err, "", ctxcache.ErrMiss)
				} else {
					expect(t, value, err, "2", nil)
				}
				if err := f.Close(t.Context()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// stubborn is a cache of three methods whose first Set ignores its context and takes 7 s.
type stubborn struct {
	ctxcache.Cache[string, string]
	sets atomic.Int64
}

func (c *stubborn) Set(ctx context.Context, key, value string, ttl time.Duration) error {
	if c.sets.Add(1) == 1 {
		time.Sleep(7 * time.Second)
		ctx = context.WithoutCancel(ctx)
	}
	return c.Cache.Set(ctx, key, value, ttl)
}

// A store takes longer than newer loads wait for it. It lands after a newer value has been stored, or has failed to be. It
// does not stay.
func TestFuncStoreThatLandsAfterANewerOne(t *testing.T) {
	for name, again := range map[string]func(context.Context, *cached.Function[string, string]) (string, error){
		"Get": func(ctx context.Context, f *cached.Function[string, string]) (string, error) { return f.Get(ctx, "k") },
		"Refresh": func(ctx context.Context, f *cached.Function[string, string]) (string, error) {
			return f.Refresh(ctx, "k")
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newOrigin("k", "old")
				f := cached.Func(&stubborn{Cache: newMemory()}, s.load, nil)
				value, err := f.Get(t.Context(), "k") // after 100 ms
				expect(t, value, err, "old", nil)
				s.set("k", "new")
				value, err = again(t.Context(), f)
				expect(t, value, err, "new", nil)
				time.Sleep(8 * time.Second)
				value, err = f.Get(t.Context(), "k")
				expect(t, value, err, "new", nil)
				if err := f.Close(t.Context()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// The same of values that a bulk loader has returned beyond its keys.
func TestBulkExtraThatLandsAfterANewerStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache, value := &stubbornEntries{unleasedStore: unleasedStore{over(newMemory())}}, "old"
		f := cached.Bulk(cache, func(context.Context, []string) (map[string]string, error) {
			return map[string]string{"asked": "v", "k": value}, nil
		}, nil)
		got, err := f.Get(t.Context(), "asked")
		expect(t, got, err, "v", nil)
		synctest.Wait() // it stores the old value of k
		value = "new"
		got, err = f.Get(t.Context(), "k")
		expect(t, got, err, "new", nil)
		time.Sleep(8 * time.Second)
		got, err = f.Get(t.Context(), "k")
		expect(t, got, err, "new", nil)
		if err := f.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// stubbornEntries is a cache without leases whose first SetEntries ignores its context and takes 7 s.
type stubbornEntries struct {
	unleasedStore
	sets atomic.Int64
}

func (c *stubbornEntries) SetEntries(ctx context.Context, entries map[string]ctxcache.Entry[string]) error {
	if c.sets.Add(1) == 1 {
		time.Sleep(7 * time.Second)
		ctx = context.WithoutCancel(ctx)
	}
	return c.unleasedStore.SetEntries(ctx, entries)
}
