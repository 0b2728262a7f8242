package races_test

import (
	"slices"
	"testing"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
)

// server makes a cache in the part of a server that has this prefix.
type server func(t *testing.T, prefix string) closer

type closer interface {
	ctxcache.Cache[string, []byte]
	Close() error
}

func redisServer(t *testing.T, prefix string) closer {
	return rediscache.New(redistest.Shared(t).Client(t), &rediscache.Options{Prefix: prefix})
}

func memcachedServer(t *testing.T, prefix string) closer {
	var servers memcache.ServerList
	if err := servers.SetServers(memcachedtest.Shared(t).Addr); err != nil {
		t.Fatal(err)
	}
	return memcached.New(&servers, &memcached.Options{Prefix: prefix})
}

// storesThatCan are those on which a write of this name is possible.
func storesThatCan(write string) []store {
	return slices.DeleteFunc(slices.Clone(allStores), func(s store) bool { return s.noClear && write == "Clear" })
}
