package rediscache_test

import (
	"testing"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

func TestRestartKeepsLeasesThatAreOnDisk(t *testing.T) {
	for _, kind := range leaseKinds {
		t.Run(kind.name, func(t *testing.T) {
			server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
			client := server.Client(t)
			cache := newCache(t, client, &rediscache.Options{Prefix: "p:", LeaseTTL: hour})
			ctx := t.Context()
			kept, lost := kind.take(t, cache, "kept"), kind.take(t, cache, "lost")
			must(t, cache.Set(ctx, "lost", []byte("newer"), hour))
			server.Restart()
			await(t, "the client noticed", func() bool { return client.Ping(ctx).Err() == nil })
			if _, l, err := cache.GetLease(ctx, "kept", 0); l.Granted() || err != nil && err != ctxcache.ErrMiss {
				t.Errorf("GetLease of a key that is leased or there: %v, %v", l, err)
			}
			must(t, cache.Fill(ctx, "kept", kept, entry{Value: []byte("filled")}))
			if err := cache.Fill(ctx, "lost", lost, entry{Value: []byte("old")}); err != ctxcache.ErrLeaseLost {
				t.Errorf("Fill of what was set before the restart: %v", err)
			}
			for key, want := range map[string]string{"kept": "filled", "lost": "newer"} {
				if got, err := cache.Get(ctx, key); err != nil || string(got) != want {
					t.Errorf("Get of %s: %q, %v", key, got, err)
				}
			}
		})
	}
}

func TestScriptFlushBetweenTheCallsOfALease(t *testing.T) {
	client := redistest.Start(t).Client(t)
	cache := newCache(t, client, &rediscache.Options{Prefix: "p:"})
	ctx := t.Context()
	forget := func() { must(t, client.ScriptFlush(ctx).Err()) }

	forget()
	first := absentLease(t, ctx, cache, "key")
	forget()
	must(t, cache.Release(ctx, "key", first))
	forget()
	_, leases, err := cache.GetLeases(ctx, []string{"key", "other"}, 0)
	if err != nil || len(leases) != 2 {
		t.Fatalf("GetLeases: %d of 2 leases, %v", len(leases), err)
	}
	forget()
	must(t, cache.Fill(ctx, "key", leases["key"], entry{Value: []byte("first")}))
	forget()
	second := refreshLease(t, cache, "key")
	forget()
	must(t, cache.Fill(ctx, "key", second, entry{Value: []byte("second")}))
	if got, err := cache.Get(ctx, "key"); err != nil || string(got) != "second" {
		t.Errorf("Get: %q, %v", got, err)
	}
}
