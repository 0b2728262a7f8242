package rediscache_test

import (
	"context"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/internal/redistest"
)

// The caller of a GetLease has left, and then its marker arrives. Others may have seen the marker, and wait for its end.
func TestMarkerThatIsTakenBackIsPublished(t *testing.T) {
	server := redistest.Start(t)
	proxy := redistest.StartProxy(t, server.Addr)
	options := server.Options()
	options.Addr = proxy.Addr
	behind := redis.NewClient(options)
	t.Cleanup(func() { must(t, behind.Close()) })
	cache, client := newCache(t, behind, &rediscache.Options{Channel: "changes"}), server.Client(t)
	must(t, cache.Release(t.Context(), "warm", absentLease(t, t.Context(), cache, "warm"))) // the server knows the scripts
	f := follow(t, cache)
	held := proxy.Hold("evalsha")
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, _, err := cache.GetLease(ctx, "key", 0)
		left <- err
	}()
	<-held.Arrived()
	leave()
	if err := <-left; err != context.Canceled {
		t.Errorf("GetLease: %v", err)
	}
	held.Deliver()
	await(t, "the marker is taken back", func() bool {
		n, err := client.Exists(t.Context(), "key").Result()
		must(t, err)
		return n == 0
	})
	publish(t, newChannel(t, client, "changes", nil), "last")
	f.wantsNext("key", "last")
}
