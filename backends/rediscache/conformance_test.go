package rediscache_test

import (
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/redistest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	client := server.FailFast(t)
	cachetest.Run(t, func(t *testing.T) ctxcache.Cache[string, []byte] {
		return newCache(t, client, &rediscache.Options{Prefix: nextPrefix(), LeaseTTL: renewed})
	}, cachetest.LeaseTTL(renewed), cachetest.Outage(func(t *testing.T) func() {
		server.Stop()
		return func() {
			server.Restart()
			await(t, "the client noticed", func() bool { return client.Ping(t.Context()).Err() == nil })
		}
	}))
}

func TestConformancePlain(t *testing.T) {
	t.Parallel()
	client := redistest.Shared(t).Client(t)
	cachetest.Run(t, func(t *testing.T) ctxcache.Cache[string, []byte] {
		return newCache(t, client, &rediscache.Options{Prefix: nextPrefix(), Plain: true})
	})
}

func TestConformanceWholeDatabase(t *testing.T) {
	t.Parallel()
	client := redistest.Start(t).Client(t)
	cachetest.Run(t, func(t *testing.T) ctxcache.Cache[string, []byte] {
		if err := client.FlushDB(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		return newCache(t, client, &rediscache.Options{WholeDatabase: true})
	})
}

func TestConformanceCluster(t *testing.T) {
	t.Parallel()
	client := redistest.StartCluster(t, 3).Client(t)
	cachetest.Run(t, func(t *testing.T) ctxcache.Cache[string, []byte] {
		return newCache(t, client, &rediscache.Options{Prefix: nextPrefix(), LeaseTTL: renewed})
	}, cachetest.LeaseTTL(renewed))
}

func TestConformanceRing(t *testing.T) {
	t.Parallel()
	ring := redis.NewRing(&redis.RingOptions{
		Addrs:       map[string]string{"one": redistest.Start(t).Addr, "two": redistest.Start(t).Addr},
		ReadTimeout: redistest.Patience, WriteTimeout: redistest.Patience, PoolTimeout: redistest.Patience,
		HeartbeatFrequency: hour, // a busy server would be taken for one that is down
	})
	t.Cleanup(func() { must(t, ring.Close()) })
	cachetest.Run(t, func(t *testing.T) ctxcache.Cache[string, []byte] {
		return newCache(t, ring, &rediscache.Options{Prefix: nextPrefix()})
	})
}
