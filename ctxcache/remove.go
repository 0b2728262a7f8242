package ctxcache

import (
	"context"
	"errors"
)

// RemoveCache is a cache whose deletion reports, atomically, whether there was a value.
type RemoveCache[K comparable] interface {
	// Remove deletes key and reports whether it had a value. It also deletes a negative entry, and
	// ends a lease, but reports false for both.
	Remove(ctx context.Context, key K) (was bool, err error)
}

// Remove deletes key and reports whether it had a value. It returns an [errors.ErrUnsupported] for a cache that is not a
// [RemoveCache]: to ask first and delete then would not be atomic.
func Remove[K comparable, V any](ctx context.Context, c Cache[K, V], key K) (was bool, err error) {
	was, err = remove(ctx, as[RemoveCache[K]](c, CapRemove), key)
	return was, named(err, c, OpRemove, CapRemove)
}

func remove[K comparable](ctx context.Context, able RemoveCache[K], key K) (was bool, err error) {
	if able == nil {
		return false, errors.ErrUnsupported
	}
	return able.Remove(ctx, key)
}
