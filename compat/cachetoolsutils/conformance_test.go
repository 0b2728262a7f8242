package cachetoolsutils_test

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/compat/cachetoolsutils/pymemcached"
	"github.com/ctxcache/cached/compat/cachetoolsutils/pyredis"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
	"github.com/ctxcache/cached/internal/remotetest"
	"github.com/ctxcache/cached/layers"
)

// bytesCache is the type of cache that the conformance suite tests.
type bytesCache = ctxcache.Cache[string, []byte]

var prefixes atomic.Int64

// nextPrefix returns a prefix that no other cache of the tests has.
func nextPrefix() string { return fmt.Sprintf("conformance:%d:", prefixes.Add(1)) }

// combined are stacks whose parts are all constructors of the other stacks, except for those that are layers of package
// layers. Only the whole matrix has the others.
var combined = []string{"TwoLevelCache-Typed-Objects-PrefixedRedisCache", "BytesCache-ToBytesCache-RawRedisCache"}

func TestConformanceOverRedis(t *testing.T) {
	client := redistest.Shared(t).Client(t)
	prefixed := func() ctxcache.Cache[string, string] {
		return closeStack(t, pyredis.PrefixedRedisCache[string, string](client, nextPrefix(), redisOptions))
	}
	octetCache := func() ctxcache.Cache[octet, []byte] {
		raw := closeStack(t, pyredis.RawRedisCache[octet, []byte](client, redisOptions))
		return cachetoolsutils.PrefixedBytesCache[octet](raw, []byte(nextPrefix()))
	}
	concurrent := cachetest.Concurrent(8) // the cases mostly wait; a client has at least 10 connections
	for name, stack := range map[string]func() bytesCache{
		"PrefixedRedisCache": func() bytesCache { return layers.Base85(prefixed()) },
		"NestedPrefixedRedisCache": func() bytesCache {
			return layers.Base85(pyredis.NestedPrefixedRedisCache[string, string](prefixed(), "nested:", nil))
		},
		"RawRedisCache": func() bytesCache { return stringKeys(octetCache()) },
		"EncryptedCache": func() bytesCache {
			return stringKeys(cachetoolsutils.EncryptedCache(octetCache(), someSecret, nil))
		},
		"ToBytesCache": func() bytesCache {
			return layers.Base85(cachetoolsutils.ToBytesCache[string, string](octetCache()))
		},
		"BytesCache": func() bytesCache { return stringKeys(cachetoolsutils.BytesCache(prefixed())) },
		"PrefixedCache": func() bytesCache {
			return layers.Base85(cachetoolsutils.PrefixedCache[string](prefixed(), "inner:"))
		},
		"TwoLevelCache": func() bytesCache {
			first := cachetoolsutils.DictCache[string, string]()
			return layers.Base85(cachetoolsutils.TwoLevelCache(first, prefixed(), nil))
		},
		"Typed-Objects": func() bytesCache {
			return layers.Base85(cachetoolsutils.Typed[string, string](cachetoolsutils.Objects(prefixed())))
		},
		combined[0]: func() bytesCache {
			typed := cachetoolsutils.Typed[string, string](cachetoolsutils.Objects(prefixed()))
			return layers.Base85(cachetoolsutils.TwoLevelCache(cachetoolsutils.DictCache[string, string](), typed, nil))
		},
		combined[1]: func() bytesCache {
			text := cachetoolsutils.ToBytesCache[string, string](octetCache())
			return stringKeys(cachetoolsutils.BytesCache(text))
		},
	} {
		if !slices.Contains(combined, name) && !remotetest.WholeMatrix() {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cachetest.Run(t, func(*testing.T) bytesCache { return stack() }, concurrent)
		})
	}
}

func TestConformanceOverMemcached(t *testing.T) {
	servers := serverList(t, memcachedtest.Shared(t).Addr)
	cachetest.Run(t, func(t *testing.T) bytesCache {
		cache := pymemcached.PrefixedMemCached[string, []byte](servers, nextPrefix(), memcachedOptions)
		t.Cleanup(func() {
			if err := cache.Close(); err != nil {
				t.Error(err)
			}
		})
		return cache
	}, cachetest.TTLUnit(time.Second), cachetest.Concurrent(100))
}

// stringKeys returns a cache with string keys, which stores a key in inner as its bytes.
func stringKeys(inner ctxcache.Cache[octet, []byte]) bytesCache {
	return layers.Keyed(inner,
		func(key string) (octet, error) { return octet(key), nil },
		func(stored octet) (string, bool) { return string(stored), true })
}
