package layers

import (
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
)

// Keyed returns inner under other keys: to maps a key to that of inner, and back maps it back.
//
// Different keys must become different ones. An error of to is the cause of a [ctxcache.ErrKey], which does not
// print it.
//
// A nil back says that there is no way back, as from a hash; Len, Clear and Keys are then unsupported.
// Otherwise it reports false for what is no key of this layer. It may be lax about that, as strconv.Atoi is,
// which takes "+7" for 7: a key of inner only counts as one of this layer's if to maps it forth again.
func Keyed[K comparable, K2 comparable, V any](
	inner ctxcache.Cache[K2, V], to func(K) (K2, error), back func(K2) (K, bool),
) ctxcache.Cache[K, V] {
	need("Keyed", "an inner cache", inner != nil)
	need("Keyed", "a function that maps keys", to != nil)
	hooks := ctxcache.Hooks[K, V, K2, V]{
		Layer:  "keyed",
		Key:    func(key K) (K2, error) { return mapKey(to, key) },
		Encode: same[K, V],
		Decode: same[K, V],
	}
	if back != nil {
		hooks.Unkey = func(stored K2) (K, bool) {
			key, ok := back(stored)
			if !ok {
				return key, false
			}
			again, err := to(key)
			return key, err == nil && again == stored
		}
	}
	return &keyed[K, V, K2]{ctxcache.NewMapped(inner, hooks)}
}

type keyed[K comparable, V any, K2 comparable] struct {
	ctxcache.Mapped[K, V, K2, V]
}

// mapKey refuses what no cache can hold before to turns it into something that one could.
func mapKey[K comparable, K2 comparable](to func(K) (K2, error), key K) (K2, error) {
	var none K2
	if err := ctxcache.CheckKey(key); err != nil {
		return none, err
	}
	stored, err := to(key)
	if err != nil {
		return none, fmt.Errorf("%w: %w", ctxcache.ErrKey, &discreetError{"it does not map", err})
	}
	return stored, nil
}

// same is the hook of layers that leave values as they are.
func same[K comparable, V any](_ K, value V) (V, error) { return value, nil }
