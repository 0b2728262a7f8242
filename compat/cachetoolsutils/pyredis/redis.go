package pyredis

import (
	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/compat/cachetoolsutils/internal/texts"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// The names of the classes in descriptions and errors.
const (
	redisCache         = "RedisCache"
	prefixedRedisCache = "PrefixedRedisCache"
)

// RedisCache returns a cache in Redis that stores keys and values as JSON. Python: RedisCache(client, ttl).
//
// It supports Clear, Len and Keys only with Options.WholeDatabase, because it has no prefix.
func RedisCache[K comparable, V any](client redis.UniversalClient, opts *Options) ctxcache.Cache[K, V] {
	return overJSON[K, V](redisCache, rediscache.New(client, opts.backend("")), cachetoolsutils.JSONKeys[K]{}, opts)
}

// RawRedisCache returns a cache in Redis that stores keys and values as they are, without a prefix or a JSON
// encoding: K and V must be types that [cachetoolsutils.Raw] can write. It supports Clear, Len and Keys only with
// Options.WholeDatabase. Python: RedisCache(client, ttl, raw=True).
func RawRedisCache[K comparable, V any](client redis.UniversalClient, opts *Options) ctxcache.Cache[K, V] {
	if err := opts.validateRaw(); err != nil {
		return ctxcache.Invalid[K, V](ctxcache.Description{Kind: redisCache}, err)
	}
	return texts.New[K, V](
		redisCache, rediscache.New(client, opts.backend("")), cachetoolsutils.RawKeys[K]{}, cachetoolsutils.Raw[V]{})
}

// PrefixedRedisCache returns a cache in Redis that stores values as JSON, and a key as prefix and its str(). If prefix is
// not UTF-8, every call returns [ctxcache.ErrOptions]. Python: PrefixedRedisCache(client, prefix, ttl).
func PrefixedRedisCache[K comparable, V any](client redis.UniversalClient, prefix string, opts *Options) ctxcache.Cache[K, V] {
	if err := validatePrefix(prefix); err != nil {
		return ctxcache.Invalid[K, V](ctxcache.Description{Kind: prefixedRedisCache}, err)
	}
	return overJSON[K, V](prefixedRedisCache, rediscache.New(client, opts.backend(prefix)), cachetoolsutils.StrKeys[K]{}, opts)
}

// StatsRedisCache is a [PrefixedRedisCache] that counts its operations: see [layers.Stats]. Python:
// StatsRedisCache(client, prefix, ttl).
func StatsRedisCache[K comparable, V any](client redis.UniversalClient, prefix string, opts *Options) ctxcache.Cache[K, V] {
	return layers.Stats(PrefixedRedisCache[K, V](client, prefix, opts), "redis")
}

// overJSON returns a cache that stores values in inner as JSON.
func overJSON[K comparable, V any, T string | []byte](
	class string, inner ctxcache.Cache[string, T], keys texts.Keys[K], opts *Options,
) ctxcache.Cache[K, V] {
	if opts.noneIsNotFound() {
		inner = cachetoolsutils.NoneIsNotFound(inner)
	}
	return texts.New[K, V](class, inner, keys, cachetoolsutils.JSON[V]{})
}
