package races_test

import (
	"slices"
	"testing"

	"github.com/bradfitz/gomemcache/memcache"
	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
	"github.com/ctxcache/cached/layers"
)

type bytesCache = ctxcache.Cache[string, []byte]

// server makes a cache on a server, under this prefix. It is closed when the test ends.
type server func(t *testing.T, prefix string) bytesCache

func redisServer(t *testing.T, prefix string) bytesCache {
	return newRedis(t, redistest.Shared(t).Client(t), prefix)
}

func newRedis(t *testing.T, client *redis.Client, prefix string) bytesCache {
	return closed(t, rediscache.New(client, &rediscache.Options{
		Prefix: prefix, ReadTimeout: redistest.Patience, WriteTimeout: redistest.Patience,
	}))
}

func memcachedServer(t *testing.T, prefix string) bytesCache {
	return newMemcached(t, memcachedtest.Shared(t).Addr, prefix)
}

func newMemcached(t *testing.T, addr, prefix string) bytesCache {
	var servers memcache.ServerList
	if err := servers.SetServers(addr); err != nil {
		t.Fatal(err)
	}
	return closed(t, memcached.New(&servers, &memcached.Options{
		Prefix: prefix, Timeout: memcachedtest.Patience,
		ReadTimeout: memcachedtest.Patience, WriteTimeout: memcachedtest.Patience,
	}))
}

// closed closes c when the test ends, and returns c.
func closed(t *testing.T, c bytesCache) bytesCache {
	t.Cleanup(func() {
		if err := ctxcache.Close(c); err != nil {
			t.Error(err)
		}
	})
	return c
}

// texts returns a cache of strings over a cache of bytes.
func texts(c bytesCache) cache { return layers.Encoded(c, layers.JSON[string]{}, nil) }

// storesThatCan returns the stores that implement this write.
func storesThatCan(write string) []store {
	return slices.DeleteFunc(slices.Clone(allStores), func(s store) bool { return s.noClear && write == "Clear" })
}

// ofTwoLevels returns the stores that have two levels.
func ofTwoLevels(stores []store) []store {
	return slices.DeleteFunc(stores, func(s store) bool { return !s.twoLevels })
}
