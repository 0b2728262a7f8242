package pyredis

import (
	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/compat/cachetoolsutils/internal/texts"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// NestedRedisCache returns a [RedisCache] over inner, another cache in Redis, which stores the JSON again as JSON. A
// value that is set with TTL 0 gets the TTL of the outermost cache. The other options of a server, WholeDatabase and the
// timeouts, are inner's: here they are [ctxcache.ErrOptions]. Python: RedisCache(RedisCache(client), ttl).
func NestedRedisCache[K comparable, V any](inner ctxcache.Cache[string, string], opts *Options) ctxcache.Cache[K, V] {
	return nested[K, V](redisCache, inner, "", cachetoolsutils.JSONKeys[K]{}, opts)
}

// NestedPrefixedRedisCache returns a [PrefixedRedisCache] over inner, another cache in Redis: see [NestedRedisCache].
// Python: PrefixedRedisCache(RedisCache(client), prefix, ttl).
func NestedPrefixedRedisCache[K comparable, V any](
	inner ctxcache.Cache[string, string], prefix string, opts *Options,
) ctxcache.Cache[K, V] {
	return nested[K, V](prefixedRedisCache, inner, prefix, cachetoolsutils.StrKeys[K]{}, opts)
}

func nested[K comparable, V any](
	class string, inner ctxcache.Cache[string, string], prefix string, keys texts.Keys[K], opts *Options,
) ctxcache.Cache[K, V] {
	if inner == nil {
		panic("pyredis: a nested cache of nil")
	}
	if err := opts.validateNested(prefix); err != nil {
		return ctxcache.Invalid[K, V](ctxcache.Description{Kind: class}, err, ctxcache.NodeOf(inner))
	}
	inner = layers.Expiring(inner, layers.Expiry{Default: opts.ttl()})
	if prefix != "" {
		inner = layers.Prefixed(inner, prefix)
	}
	return overJSON[K, V](class, inner, keys, opts)
}
