package cachetoolsutils

import (
	"log/slog"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/twolevel"
)

// DictCache returns a cache in the memory of this process, without a bound. Python: DictCache().
func DictCache[K comparable, V any]() ctxcache.Cache[K, V] {
	return memory.New(&memory.Options[K, V]{MaxEntries: memory.Unbounded})
}

// LockedCache returns the cache that build returns, under one lock, so that it is safe for concurrent use.
// [layers.Locked] can use several locks. Caches of this module are safe without it. Python: LockedCache(cache, lock).
func LockedCache[K comparable, V any](build func() ctxcache.Cache[K, V]) ctxcache.Cache[K, V] {
	return layers.Locked(1, build)
}

// StatsCache returns a cache that counts the operations of inner: see [layers.Stats]. Python: StatsCache(cache).
func StatsCache[K comparable, V any](inner ctxcache.Cache[K, V], name string) ctxcache.Cache[K, V] {
	return layers.Stats(inner, name)
}

// DebugCache returns a cache that logs the operations of inner, without keys: see [layers.Debug]. Python:
// DebugCache(cache, log, name).
func DebugCache[K comparable, V any](
	inner ctxcache.Cache[K, V], logger *slog.Logger, name string,
) ctxcache.Cache[K, V] {
	return layers.Debug(inner, name, logger, nil)
}

// TwoLevelOptions are the options of [TwoLevelCache].
type TwoLevelOptions = twolevel.Options

// TwoLevelCache returns a cache with first, a cache in this process, in front of second: see [twolevel.New]. Memcached
// does not report remaining TTLs, so reads over Memcached fill first only if opts has a NearTTL. Python:
// TwoLevelCache(cache, cache2, resilient).
func TwoLevelCache[K comparable, V any](
	first, second ctxcache.Cache[K, V], opts *TwoLevelOptions,
) ctxcache.Cache[K, V] {
	return twolevel.New(first, second, opts)
}
