package ctxcache

import (
	"context"
	"errors"
	"iter"
)

// KeysCache is a cache that can list its keys.
type KeysCache[K comparable] interface {
	// Keys yields the keys in scope that have a value, each at most once, in no order. A key that is set or
	// deleted meanwhile may or may not be among them. An error is yielded with a zero key, and ends the sequence.
	Keys(ctx context.Context, scope Scope[K]) iter.Seq2[K, error]
}

// Keys yields the keys that have a value in c. For a cache that is not a [KeysCache] it yields an [errors.ErrUnsupported].
func Keys[K comparable, V any](ctx context.Context, c Cache[K, V]) iter.Seq2[K, error] {
	return KeysIn(ctx, c, Scope[K]{})
}

// KeysIn yields the keys in scope that have a value in c. It yields an [errors.ErrUnsupported] if scope is not among the
// [Scopes] of c.
func KeysIn[K comparable, V any](ctx context.Context, c Cache[K, V], scope Scope[K]) iter.Seq2[K, error] {
	able, caps := as[KeysCache[K]](c, CapKeys), Supports(c)
	if able == nil || !scope.In(caps.Scopes()) {
		return noKeys[K](named(errors.ErrUnsupported, c, OpKeys, CapKeys))
	}
	return able.Keys(ctx, scope)
}

func keysIn[K comparable](ctx context.Context, able KeysCache[K], caps Cap, scope Scope[K]) iter.Seq2[K, error] {
	if able == nil || !scope.In(caps.Scopes()) {
		return noKeys[K](errors.ErrUnsupported)
	}
	return able.Keys(ctx, scope)
}

// noKeys yields err alone.
func noKeys[K comparable](err error) iter.Seq2[K, error] {
	return func(yield func(K, error) bool) {
		var zero K
		yield(zero, err)
	}
}
