package ctxcache

import (
	"context"
	"errors"
)

// LenCache is a cache that can count its entries.
type LenCache[K comparable] interface {
	// Len returns the number of values in scope. Neither negative entries nor leases count. An entry that has
	// expired but is not yet removed may count.
	Len(ctx context.Context, scope Scope[K]) (int, error)
}

// Len returns how many values c has. It returns an [errors.ErrUnsupported] for a cache that is not a [LenCache].
func Len[K comparable, V any](ctx context.Context, c Cache[K, V]) (int, error) {
	return LenIn(ctx, c, Scope[K]{})
}

// LenIn returns how many values c has in scope. It returns an [errors.ErrUnsupported] if scope is not among the [Scopes] of c.
func LenIn[K comparable, V any](ctx context.Context, c Cache[K, V], scope Scope[K]) (int, error) {
	n, err := lenIn(ctx, as[LenCache[K]](c, CapLen), Supports(c), scope)
	return n, named(err, c, OpLen, CapLen)
}

func lenIn[K comparable](ctx context.Context, able LenCache[K], caps Cap, scope Scope[K]) (int, error) {
	if able == nil || !scope.In(caps.Scopes()) {
		return 0, errors.ErrUnsupported
	}
	return able.Len(ctx, scope)
}
