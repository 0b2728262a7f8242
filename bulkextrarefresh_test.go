package cached_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// A bulk loader has read the old value of a key that it was not asked for. Meanwhile the key is refreshed. The old value is
// not stored after the refresh has returned.
func TestBulkExtraThatWasRefreshedDuringTheLoad(t *testing.T) {
	refreshes := map[string]func(ctx context.Context, f *cached.Function[string, string]) error{
		"Refresh": func(ctx context.Context, f *cached.Function[string, string]) error {
			_, err := f.Refresh(ctx, "k")
			return err
		},
		"GetMany": func(ctx context.Context, f *cached.Function[string, string]) error {
			_, err := f.GetMany(ctxcache.WithRefresh(ctx), []string{"k"})
			return err
		},
	}
	for cacheName, newCache := range map[string]func() ctxcache.Cache[string, string]{
		"leases":    func() ctxcache.Cache[string, string] { return newMemory() },
		"no leases": func() ctxcache.Cache[string, string] { return &unleasedStore{over(newMemory())} },
	} {
		for name, refresh := range refreshes {
			for answerName, answer := range map[string]map[string]string{"found": {"k": "new"}, "not found": nil} {
				t.Run(cacheName+"/"+name+"/"+answerName, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						cache := newCache()
						f := cached.Bulk(cache, func(_ context.Context, keys []string) (map[string]string, error) {
							if keys[0] == "k" {
								return answer, nil
							}
							time.Sleep(time.Second) // it has read the source
							return map[string]string{"asked": "v", "k": "old"}, nil
						}, nil)
						first := async(func() (string, error) { return f.Get(t.Context(), "asked") })
						synctest.Wait()
						if err := refresh(t.Context(), f); err != nil && err != ctxcache.ErrNotFound {
							t.Fatal(err)
						}
						r := <-first
						expect(t, r.value, r.err, "v", nil)
						synctest.Wait()
						if value, err := cache.Get(t.Context(), "k"); value == "old" {
							t.Errorf("after the refresh the cache has %q, %v", value, err)
						}
					})
				})
			}
		}
	}
}
