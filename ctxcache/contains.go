package ctxcache

import "context"

// ContainsCache is a cache that can look for a key without transferring its value.
type ContainsCache[K comparable] interface {
	// Contains reports whether key has a value. A negative entry does not count.
	Contains(ctx context.Context, key K) (bool, error)
}

// Contains reports whether c has a value under key. A negative entry does not count. The look is not a use of the value.
// A cache that is not a [ContainsCache] is asked by Get.
func Contains[K comparable, V any](ctx context.Context, c Cache[K, V], key K) (bool, error) {
	return contains(ctx, c, as[ContainsCache[K]](c, CapContains), key)
}

func contains[K comparable, V any](ctx context.Context, c Cache[K, V], able ContainsCache[K], key K) (bool, error) {
	if able != nil {
		return able.Contains(ctx, key)
	}
	_, err := c.Get(ctx, key)
	switch err {
	case nil:
		return true, nil
	case ErrMiss, ErrNotFound:
		return false, nil
	default:
		return false, err
	}
}
