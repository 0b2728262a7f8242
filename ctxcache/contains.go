package ctxcache

import "context"

// Container is a cache that can tell whether a key is there without transferring its value.
type Container[K comparable] interface {
	// Contains reports whether key has a value. A negative entry is none.
	Contains(ctx context.Context, key K) (bool, error)
}

// Contains reports whether c has a value under key; a negative entry is none. It counts as no use of the value.
// A cache that is no [Container] is asked by Get.
func Contains[K comparable, V any](ctx context.Context, c Cache[K, V], key K) (bool, error) {
	if s, ok := c.(Container[K]); ok && Supports(c).Has(OpContains) {
		return s.Contains(ctx, key)
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
