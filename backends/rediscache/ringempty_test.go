package rediscache_test

import (
	"testing"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// Calls for many keys find the empty key on the server on which calls for one key find it.
func TestRingFindsTheEmptyKey(t *testing.T) {
	addrs := map[string]string{"one": redistest.Start(t).Addr, "two": redistest.Start(t).Addr}
	ring := slowRing(t, addrs, func(string) bool { return true })
	for name, options := range map[string]*rediscache.Options{"scripts": {}, "plain": {Plain: true}} {
		t.Run(name, func(t *testing.T) {
			cache := newCache(t, ring, options)
			ctx := t.Context()
			for range 30 { // a pipeline would choose a server by chance
				must(t, cache.Set(ctx, "", []byte("old"), hour))
				must(t, cache.SetEntries(ctx, map[string]entry{
					"": ctxcache.NewEntry([]byte("new"), hour), "key": ctxcache.NewEntry([]byte("value"), hour),
				}))
				if value, err := cache.Get(ctx, ""); string(value) != "new" || err != nil {
					t.Fatalf("Get after SetEntries: %q, %v", value, err)
				}
				found, err := cache.GetEntries(ctx, []string{"", "key"})
				if must(t, err); string(found[""].Value) != "new" || string(found["key"].Value) != "value" {
					t.Fatalf("GetEntries: %v", found)
				}
				must(t, cache.DeleteMany(ctx, []string{"", "key"}))
				if value, err := cache.Get(ctx, ""); err != ctxcache.ErrMiss {
					t.Fatalf("Get after DeleteMany: %q, %v", value, err)
				}
			}
		})
	}
}
