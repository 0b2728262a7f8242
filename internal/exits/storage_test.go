package exits_test

import (
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
	"github.com/ctxcache/cached/layers/twolevel"
)

type cache = ctxcache.Cache[string, []byte]

const hour = time.Hour

// storage makes a cache. It also returns a function that reports whether anything, such as a marker, is stored under a
// key. That function asks the storage directly.
type storage struct {
	name string
	make func(t *testing.T, prefix string) (c cache, left func(key string) bool)
}

var storages = []storage{
	{"Memory", overMemory},
	{"Redis", overRedis},
	{"Memcached", overMemcached},
	{"TwoLevel", func(t *testing.T, prefix string) (cache, func(string) bool) {
		near, _ := overMemory(t, prefix)
		far, left := overRedis(t, prefix)
		return twolevel.New(near, far, nil), left
	}},
}

// overMemory cannot look into the storage. It is enough that the next lease is granted.
func overMemory(*testing.T, string) (cache, func(string) bool) {
	return memory.New[string, []byte](nil), func(string) bool { return false }
}

func overRedis(t *testing.T, prefix string) (cache, func(string) bool) {
	client := redistest.Shared(t).Client(t)
	c := rediscache.New(client, &rediscache.Options{
		Prefix: prefix, LeaseTTL: hour, ReadTimeout: redistest.Patience, WriteTimeout: redistest.Patience,
	})
	t.Cleanup(func() { must(t, c.Close()) })
	return c, func(key string) bool {
		n, err := client.Exists(t.Context(), prefix+key).Result()
		must(t, err)
		return n > 0
	}
}

func overMemcached(t *testing.T, prefix string) (cache, func(string) bool) {
	var servers memcache.ServerList
	must(t, servers.SetServers(memcachedtest.Shared(t).Addr))
	client := memcache.NewFromSelector(&servers)
	c := memcached.New(&servers, &memcached.Options{
		Prefix: prefix, LeaseTTL: hour, Timeout: memcachedtest.Patience,
		ReadTimeout: memcachedtest.Patience, WriteTimeout: memcachedtest.Patience,
	})
	t.Cleanup(func() {
		must(t, c.Close())
		must(t, client.Close())
	})
	return c, func(key string) bool {
		_, err := client.Get(prefix + key)
		if err != memcache.ErrCacheMiss {
			must(t, err)
		}
		return err == nil
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
