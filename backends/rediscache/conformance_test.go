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
		return newCache(t, client, leasing(nextPrefix()))
	}, cachetest.LeaseTTL(renewed), sharing(client, server.FailFast(t), leasing), cachetest.Outage(func(t *testing.T) func() {
		server.Stop()
		return func() {
			server.Restart()
			await(t, "the client noticed", func() bool { return client.Ping(t.Context()).Err() == nil })
		}
	}))
}

// leasing are the options of caches whose leases the suite sees end.
func leasing(prefix string) *rediscache.Options {
	return &rediscache.Options{Prefix: prefix, LeaseTTL: renewed}
}

// sharing opens two caches with the same options, each over one of the clients.
func sharing(client, another redis.UniversalClient, options func(prefix string) *rediscache.Options) cachetest.Option {
	return cachetest.Shared(func(t *testing.T) (one, other ctxcache.Cache[string, []byte]) {
		prefix := nextPrefix()
		return newCache(t, client, options(prefix)), newCache(t, another, options(prefix))
	})
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
	server := redistest.Start(t)
	client, another := server.Client(t), server.Client(t)
	open := func(t *testing.T) ctxcache.Cache[string, []byte] {
		must(t, client.FlushDB(t.Context()).Err())
		return newCache(t, client, &rediscache.Options{WholeDatabase: true})
	}
	cachetest.Run(t, open, cachetest.Shared(func(t *testing.T) (one, other ctxcache.Cache[string, []byte]) {
		return open(t), newCache(t, another, &rediscache.Options{WholeDatabase: true})
	}))
}

func TestConformanceCluster(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartCluster(t, 3)
	client := cluster.Client(t)
	cachetest.Run(t, func(t *testing.T) ctxcache.Cache[string, []byte] {
		return newCache(t, client, leasing(nextPrefix()))
	}, cachetest.LeaseTTL(renewed), sharing(client, cluster.Client(t), leasing))
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
