package ctxcache

import (
	"context"
	"errors"
)

// ClearCache is a cache that can delete many of its own keys without being given their names.
type ClearCache[K comparable] interface {
	// Clear deletes all entries in scope, negative ones included, and ends every lease in it, on absent
	// keys, too. It deletes keys of this cache only, never a whole shared server.
	Clear(ctx context.Context, scope Scope[K]) error
}

// Clear deletes all that c has, and ends its leases. It returns an [errors.ErrUnsupported] for a cache that is not a
// [ClearCache].
func Clear[K comparable, V any](ctx context.Context, c Cache[K, V]) error {
	return ClearIn(ctx, c, Scope[K]{})
}

// ClearIn deletes what c has in scope, and ends the leases in it. It returns an [errors.ErrUnsupported] if scope is not
// among the [Scopes] of c.
func ClearIn[K comparable, V any](ctx context.Context, c Cache[K, V], scope Scope[K]) error {
	return named(clearIn(ctx, as[ClearCache[K]](c, CapClear), Supports(c), scope), c, OpClear, CapClear)
}

func clearIn[K comparable](ctx context.Context, able ClearCache[K], caps Cap, scope Scope[K]) error {
	if able == nil || !scope.In(caps.Scopes()) {
		return errors.ErrUnsupported
	}
	return able.Clear(ctx, scope)
}
