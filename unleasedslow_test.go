package cached_test

import (
	"context"
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
