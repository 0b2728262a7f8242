package ctxcache

import (
	"context"
	"errors"
)

// Remover is a cache whose deletion can tell, atomically, what it deleted.
type Remover[K comparable] interface {
	// Remove deletes key and reports whether it had a value. A lease's marker and a negative entry are deleted
	// too, and count as "was not".
	Remove(ctx context.Context, key K) (was bool, err error)
}

// Remove deletes key and reports whether it had a value. It is [errors.ErrUnsupported] for a cache that
// is no [Remover]: asking first and deleting then would be another thing.
func Remove[K comparable, V any](ctx context.Context, c Cache[K, V], key K) (was bool, err error) {
	if s, ok := c.(Remover[K]); ok && Supports(c).Has(OpRemove) {
		return s.Remove(ctx, key)
	}
	return false, errors.ErrUnsupported
}
