package cachetoolsutils

import (
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// RedisOptions are those of all caches in Redis. Nil is the default of each.
type RedisOptions struct {
	// TTL is for how long a value lives that is set without a TTL. 0 is 600 seconds, as in Python; NoExpiry is
	// its None.
	TTL time.Duration

	// WholeDatabase says that nothing but this cache lives in the database, so that Clear may flush it. It excludes
	// a prefix.
	WholeDatabase bool
}

// Validate returns an error that wraps [ctxcache.ErrOptions] and names the option that makes no sense, or nil.
func (o *RedisOptions) Validate() error { return o.server("").Validate() }

// defaultRedisTTL is that of Python's class.
const defaultRedisTTL = 600 * time.Second

// ttl returns the default time to live.
func (o *RedisOptions) ttl() time.Duration {
	if o == nil || o.TTL == 0 {
		return defaultRedisTTL
	}
	return o.TTL
}

// server returns the options of the backend: plain, since Python stumbles over what is no string.
func (o *RedisOptions) server(prefix string) *rediscache.Options {
	return &rediscache.Options{
		Prefix:        prefix,
		WholeDatabase: o != nil && o.WholeDatabase,
		TTL:           o.ttl(),
		Plain:         true,
	}
}

// RedisCache stores keys and values as JSON. Python: RedisCache(client, ttl).
//
// Without a prefix it has Clear, Len and Keys only for a WholeDatabase.
func RedisCache[K comparable, V any](client redis.UniversalClient, opts *RedisOptions) ctxcache.Cache[K, V] {
	return texts[K, V]("RedisCache", rediscache.New(client, opts.server("")), jsonKeys[K](), JSON[V]{})
}

// RawRedisCache stores keys and values as they are: see [Raw]. Python: RedisCache(client, ttl, raw=True).
func RawRedisCache[K comparable, V any](client redis.UniversalClient, opts *RedisOptions) ctxcache.Cache[K, V] {
	return texts[K, V]("RedisCache", rediscache.New(client, opts.server("")), rawKeys[K](), Raw[V]{})
}

// PrefixedRedisCache stores values as JSON, and keys as the prefix and their str(). Python:
// PrefixedRedisCache(client, prefix, ttl).
func PrefixedRedisCache[K comparable, V any](client redis.UniversalClient, prefix string, opts *RedisOptions) ctxcache.Cache[K, V] {
	return texts[K, V]("PrefixedRedisCache", rediscache.New(client, opts.server(prefix)), strKeys[K](), JSON[V]{})
}

// StatsRedisCache is a [PrefixedRedisCache] that counts what it is asked for. Python: StatsRedisCache(client,
// prefix, ttl).
func StatsRedisCache[K comparable, V any](client redis.UniversalClient, prefix string, opts *RedisOptions) ctxcache.Cache[K, V] {
	return layers.Stats(PrefixedRedisCache[K, V](client, prefix, opts), "redis")
}

// NestedRedisCache is a [RedisCache] over another cache in Redis, which then has JSON within its own. What is
// set without a TTL gets that of the outermost. Python: RedisCache(RedisCache(client), ttl).
func NestedRedisCache[K comparable, V any](inner ctxcache.Cache[string, string], opts *RedisOptions) ctxcache.Cache[K, V] {
	return texts[K, V]("RedisCache", expiring(inner, opts), jsonKeys[K](), JSON[V]{})
}

// NestedPrefixedRedisCache is a [PrefixedRedisCache] over another cache in Redis. Python:
// PrefixedRedisCache(RedisCache(client), prefix, ttl).
func NestedPrefixedRedisCache[K comparable, V any](
	inner ctxcache.Cache[string, string], prefix string, opts *RedisOptions,
) ctxcache.Cache[K, V] {
	return texts[K, V]("PrefixedRedisCache", layers.Prefixed(expiring(inner, opts), prefix), strKeys[K](), JSON[V]{})
}

func expiring(inner ctxcache.Cache[string, string], opts *RedisOptions) ctxcache.Cache[string, string] {
	need("a nested cache", inner != nil)
	return layers.Expiring(inner, layers.Expiry{Default: opts.ttl()})
}
