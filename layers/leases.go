package layers

import "github.com/ctxcache/cached/ctxcache"

// wrapLeases applies wrap to the leases of a call for many; no leases stay none.
func wrapLeases[K comparable, V any](
	leases map[K]ctxcache.Lease[V], wrap func(K, ctxcache.Lease[V]) ctxcache.Lease[V],
) map[K]ctxcache.Lease[V] {
	if leases == nil {
		return nil
	}
	wrapped := make(map[K]ctxcache.Lease[V], len(leases))
	for key, lease := range leases {
		wrapped[key] = wrap(key, lease)
	}
	return wrapped
}
