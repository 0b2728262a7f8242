package cachetoolsutils

import (
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// RedisOptions are the options of the caches in Redis. Nil, and the zero value of each field, mean the default.
type RedisOptions struct {
	// TTL is the TTL of values that are set with TTL 0. 0 means 600 seconds, as in Python. NoExpiry is Python's None.
	TTL time.Duration

	// WholeDatabase says that the database has no other keys than this cache's, so that Clear may flush it. It cannot
	// be used with a prefix.
	WholeDatabase bool

	// ReadTimeout is how long a caller waits at most for a call that reads, whatever the server and the client do. A call
	// for many keys may take a millisecond longer for each key. After that the call returns an error that wraps
	// [ctxcache.ErrTimeout], and goes on without its caller. 0 means 100 ms. [ctxcache.NoExpiry] means no limit. A nested
	// cache waits as long as its inner cache does.
	ReadTimeout time.Duration

	// WriteTimeout is the same for all other calls. 0 means 1 second.
	WriteTimeout time.Duration
}

// Validate returns nil, or a [ctxcache.ErrOptions] that names the option that makes no sense. Nil options are valid.
func (o *RedisOptions) Validate() error { return o.backend("").Validate() }

// defaultRedisTTL is the default TTL in Python.
const defaultRedisTTL = 600 * time.Second

// ttl returns the TTL of values that are set with TTL 0.
func (o *RedisOptions) ttl() time.Duration {
	if o == nil || o.TTL == 0 {
		return defaultRedisTTL
	}
	return o.TTL
}

// backend returns the options of the backend. They set Plain, because Python fails on a key that does not have a string.
func (o *RedisOptions) backend(prefix string) *rediscache.Options {
	backend := &rediscache.Options{Prefix: prefix, TTL: o.ttl(), Plain: true}
	if o != nil {
		backend.WholeDatabase = o.WholeDatabase
		backend.ReadTimeout, backend.WriteTimeout = o.ReadTimeout, o.WriteTimeout
	}
	return backend
}

// RedisCache returns a cache in Redis that stores keys and values as JSON. Python: RedisCache(client, ttl).
//
// It supports Clear, Len and Keys only with RedisOptions.WholeDatabase, because it has no prefix.
func RedisCache[K comparable, V any](client redis.UniversalClient, opts *RedisOptions) ctxcache.Cache[K, V] {
	return texts[K, V]("RedisCache", rediscache.New(client, opts.backend("")), jsonKeys[K](), JSON[V]{})
}

// RawRedisCache returns a cache in Redis that stores keys and values as they are, without a prefix or a JSON
// encoding: K and V must be types that [Raw] can write. It supports Clear, Len and Keys only with
// RedisOptions.WholeDatabase. Python: RedisCache(client, ttl, raw=True).
func RawRedisCache[K comparable, V any](client redis.UniversalClient, opts *RedisOptions) ctxcache.Cache[K, V] {
	return texts[K, V]("RedisCache", rediscache.New(client, opts.backend("")), rawKeys[K](), Raw[V]{})
}

// PrefixedRedisCache returns a cache in Redis that stores values as JSON, and a key as prefix and its str(). Python:
// PrefixedRedisCache(client, prefix, ttl).
func PrefixedRedisCache[K comparable, V any](client redis.UniversalClient, prefix string, opts *RedisOptions) ctxcache.Cache[K, V] {
	return texts[K, V]("PrefixedRedisCache", rediscache.New(client, opts.backend(prefix)), strKeys[K](), JSON[V]{})
}

// StatsRedisCache is a [PrefixedRedisCache] that counts its operations: see [layers.Stats]. Python:
// StatsRedisCache(client, prefix, ttl).
func StatsRedisCache[K comparable, V any](client redis.UniversalClient, prefix string, opts *RedisOptions) ctxcache.Cache[K, V] {
	return layers.Stats(PrefixedRedisCache[K, V](client, prefix, opts), "redis")
}

// NestedRedisCache returns a [RedisCache] over inner, another cache in Redis, which stores the JSON again as JSON. A
// value that is set with TTL 0 gets the TTL of the outermost cache. Python: RedisCache(RedisCache(client), ttl).
func NestedRedisCache[K comparable, V any](inner ctxcache.Cache[string, string], opts *RedisOptions) ctxcache.Cache[K, V] {
	return texts[K, V]("RedisCache", expiring(inner, opts), jsonKeys[K](), JSON[V]{})
}

// NestedPrefixedRedisCache returns a [PrefixedRedisCache] over inner, another cache in Redis: see [NestedRedisCache].
// Python: PrefixedRedisCache(RedisCache(client), prefix, ttl).
func NestedPrefixedRedisCache[K comparable, V any](
	inner ctxcache.Cache[string, string], prefix string, opts *RedisOptions,
) ctxcache.Cache[K, V] {
	return texts[K, V]("PrefixedRedisCache", layers.Prefixed(expiring(inner, opts), prefix), strKeys[K](), JSON[V]{})
}

func expiring(inner ctxcache.Cache[string, string], opts *RedisOptions) ctxcache.Cache[string, string] {
	need("a nested cache", inner != nil)
	if err := opts.Validate(); err != nil {
		return ctxcache.Invalid[string, string](ctxcache.Description{Kind: "expiring"}, err)
	}
	return layers.Expiring(inner, layers.Expiry{Default: opts.ttl()})
}
