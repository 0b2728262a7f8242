package cached_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// Close waits for refreshes behind callers that have returned right before it was called.
func TestFuncCloseWaitsForRefreshesThatHaveJustBegun(t *testing.T) {
	for name, opts := range map[string]*cached.Options{
		"stale": {TTL: 10 * time.Second, StaleFor: time.Hour},
		"ahead": {TTL: 30 * time.Second, RefreshAhead: 0.1},
	} {
		for maker, bulk := range map[string]bool{"Func": false, "Bulk": true} {
			t.Run(name+"/"+maker, func(t *testing.T) {
				agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
					s := newOrigin()
					keys := make([]string, 30)
					for i := range keys {
						keys[i] = fmt.Sprint(i)
						s.set(keys[i], "old")
					}
					slow := false
					load := func(ctx context.Context, key string) (string, error) {
						value, err := s.load(ctx, key)
						if slow {
							time.Sleep(time.Second)
						}
						return value, err
					}
					f := cached.Func(cache, load, opts)
					if bulk {
						f = cached.Bulk(cache, single(load), opts)
					}
					if _, err := f.GetMany(t.Context(), keys); err != nil {
						t.Fatal(err)
					}
					for _, key := range keys {
						s.set(key, "new")
					}
					time.Sleep(20 * time.Second)
					slow = true
					for _, key := range keys {
						value, err := f.Get(t.Context(), key)
						expect(t, value, err, "old", nil)
					}
					if err := f.Close(t.Context()); err != nil {
						t.Fatal(err)
					}
					for _, key := range keys {
						value, err := cache.Get(t.Context(), key)
						expect(t, value, err, "new", nil)
					}
				})
			})
		}
	}
}
