package memcached_test

import (
	"testing"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

func TestRestartEndsLeases(t *testing.T) {
	for _, kind := range leaseKinds {
		t.Run(kind.name, func(t *testing.T) {
			server := memcachedtest.Start(t)
			cache := newCache(t, server, &memcached.Options{Prefix: "p:"})
			ctx := t.Context()
			old := kind.take(t, cache, "key")
			server.Stop()
			fails(t, old.Fill(ctx, entry{Value: []byte("old")}), "fill") // down is not lost
			server.Restart()
			if err := old.Fill(ctx, entry{Value: []byte("old")}); err != ctxcache.ErrLeaseLost {
				t.Errorf("Fill after the restart: %v", err)
			}
			if err := second(cache.Get(ctx, "key")); err != ctxcache.ErrMiss {
				t.Errorf("Get: %v", err)
			}
			next := absentLease(t, ctx, cache, "key")
			must(t, old.Release(ctx)) // which leaves the next one alone
			must(t, next.Fill(ctx, entry{Value: []byte("next")}))
		})
	}
}

// A server that restarts counts CAS IDs from the start, so that what is set then gets the very ID of what was there.
func TestRestartThatRepeatsCASIDs(t *testing.T) {
	for _, kind := range leaseKinds {
		t.Run(kind.name, func(t *testing.T) {
			server := memcachedtest.Start(t)
			options := &memcached.Options{Prefix: "p:"}
			old := kind.take(t, newCache(t, server, options), "key")
			before, err := newClient(t, server).Get("p:key")
			must(t, err)
			server.Restart()
			cache := newCache(t, server, options)
			must(t, cache.Set(t.Context(), "key", []byte("newer"), hour))
			after, err := newClient(t, server).Get("p:key")
			must(t, err)
			if after.CasID != before.CasID {
				t.Fatalf("the ID was %d, and is %d", before.CasID, after.CasID)
			}
			await(t, "its old connection was noticed to be no more", func() bool {
				err := old.Fill(t.Context(), entry{Value: []byte("stale")})
				if err == nil {
					t.Error("a lease of before the restart is filled")
				}
				return err == nil || err == ctxcache.ErrLeaseLost
			})
			holds(t, cache, "key", "newer")
		})
	}
}
