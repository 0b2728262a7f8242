package layers

import "github.com/ctxcache/cached/ctxcache"

// Noted returns how many keys a coherent two-level cache has noted.
func Noted[K comparable, V any](c ctxcache.Cache[K, V]) int {
	return int(c.(*coherent[K, V]).follower.keys.count.Load())
}
