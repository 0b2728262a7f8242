package cachetoolsutils

import (
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// AutoPrefixedOptions are those of an [AutoPrefixedCache]. Nil is the default of each.
type AutoPrefixedOptions = layers.AutoPrefixedOptions

// AutoPrefixedCache is a [PrefixedCache] whose prefix is a number, counted up from one cache to the next, as text. To
// share it with Python give it a Counter that begins with the number that the cache has there: the order in which
// two programs build their caches is no agreement. Python: AutoPrefixedCache(cache, sep, method).
func AutoPrefixedCache[K comparable, V any](
	inner ctxcache.Cache[string, V], opts *AutoPrefixedOptions,
) ctxcache.Cache[K, V] {
	need("AutoPrefixedCache", inner != nil)
	return strKeyed[K](layers.AutoPrefixed(inner, opts))
}
