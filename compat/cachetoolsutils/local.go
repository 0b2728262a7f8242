package cachetoolsutils

import (
	"log/slog"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// DictCache is a cache in this process, without a bound. Python: DictCache().
func DictCache[K comparable, V any]() ctxcache.Cache[K, V] {
	return memory.New[K, V](nil)
}

// LockedCache makes a cache that build returns, and that need not be safe for concurrent use, safe: see
// [layers.Locked], which has more locks than one. Caches of this module are safe without. Python:
// LockedCache(cache, lock).
func LockedCache[K comparable, V any](build func() ctxcache.Cache[K, V]) ctxcache.Cache[K, V] {
	return layers.Locked(1, build)
}

// StatsCache counts what inner is asked for: see [layers.Stats]. Python: StatsCache(cache).
func StatsCache[K comparable, V any](inner ctxcache.Cache[K, V], name string) ctxcache.Cache[K, V] {
	return layers.Stats(inner, name)
}

// DebugCache logs what inner is asked for: see [layers.Debug]. Python: DebugCache(cache, log, name).
func DebugCache[K comparable, V any](
	inner ctxcache.Cache[K, V], logger *slog.Logger, name string,
) ctxcache.Cache[K, V] {
	return layers.Debug(inner, name, logger, nil)
}

// TwoLevelOptions are those of a [TwoLevelCache]. Nil is the default of each.
type TwoLevelOptions = layers.TwoLevelOptions

// TwoLevelCache puts first, a cache in this process, before second: see [layers.TwoLevel]. Over Memcached,
// which tells no remaining TTL, first is only filled by reads if opts has a NearTTL. Python:
// TwoLevelCache(cache, cache2, resilient).
func TwoLevelCache[K comparable, V any](
	first, second ctxcache.Cache[K, V], opts *TwoLevelOptions,
) ctxcache.Cache[K, V] {
	return layers.TwoLevel(first, second, opts)
}
