package ctxcache

import (
	"context"
	"errors"
	"iter"
)

// Sizer is a cache that can count its entries.
type Sizer[K comparable] interface {
	// Len returns the number of values in scope: neither negative entries nor leases. What has expired but was
	// not yet removed may be counted.
	Len(ctx context.Context, scope Scope[K]) (int, error)
}

// Clearer is a cache that can delete many of its own keys without being told their names.
type Clearer[K comparable] interface {
	// Clear deletes what is in scope, negative entries included, and kills every lease in it, those on absent keys
	// too. It deletes keys of this cache only, never a whole shared server.
	Clear(ctx context.Context, scope Scope[K]) error
}

// KeyLister is a cache that can list its keys.
type KeyLister[K comparable] interface {
	// Keys yields the keys in scope that have a value, each at most once, in no order. What is set or deleted
	// meanwhile may or may not be among them. An error is yielded beside a zero key, and ends it.
	Keys(ctx context.Context, scope Scope[K]) iter.Seq2[K, error]
}

// Len returns how many values c has. It is [errors.ErrUnsupported] for a cache that is no [Sizer].
func Len[K comparable, V any](ctx context.Context, c Cache[K, V]) (int, error) {
	return LenIn(ctx, c, Scope[K]{})
}

// LenIn returns how many values c has in scope. With OpLenAll alone, every scope but the zero one is
// [errors.ErrUnsupported].
func LenIn[K comparable, V any](ctx context.Context, c Cache[K, V], scope Scope[K]) (int, error) {
	ops := Supports(c)
	can := ops.Reaches(OpLen, scope.Prefix) || scope.All() && ops.Has(OpLenAll)
	if s, ok := c.(Sizer[K]); ok && can {
		return s.Len(ctx, scope)
	}
	return 0, errors.ErrUnsupported
}

// Clear deletes all that c has, and kills its leases. It is [errors.ErrUnsupported] for a cache that is no [Clearer].
func Clear[K comparable, V any](ctx context.Context, c Cache[K, V]) error {
	return ClearIn(ctx, c, Scope[K]{})
}

// ClearIn deletes what c has in scope, and kills the leases in it. With OpClearAll alone, every scope but the zero one is
// [errors.ErrUnsupported].
func ClearIn[K comparable, V any](ctx context.Context, c Cache[K, V], scope Scope[K]) error {
	ops := Supports(c)
	can := ops.Reaches(OpClear, scope.Prefix) || scope.All() && ops.Has(OpClearAll)
	if s, ok := c.(Clearer[K]); ok && can {
		return s.Clear(ctx, scope)
	}
	return errors.ErrUnsupported
}

// Keys yields the keys that have a value in c. For a cache that is no [KeyLister] it yields [errors.ErrUnsupported].
func Keys[K comparable, V any](ctx context.Context, c Cache[K, V]) iter.Seq2[K, error] {
	return KeysIn(ctx, c, Scope[K]{})
}

// KeysIn yields the keys in scope that have a value in c.
func KeysIn[K comparable, V any](ctx context.Context, c Cache[K, V], scope Scope[K]) iter.Seq2[K, error] {
	if s, ok := c.(KeyLister[K]); ok && Supports(c).Reaches(OpKeys, scope.Prefix) {
		return s.Keys(ctx, scope)
	}
	return noKeys[K](errors.ErrUnsupported)
}

// noKeys yields err alone.
func noKeys[K comparable](err error) iter.Seq2[K, error] {
	return func(yield func(K, error) bool) {
		var zero K
		yield(zero, err)
	}
}
