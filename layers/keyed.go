package layers

import (
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
)

// Keyed returns a cache with keys of type K over inner, whose keys have type K2. To turns a key of this cache into a
// key of inner, and back does the reverse. Both may be called concurrently.
//
// To must turn different keys into different keys. It does not see the context, because a key means the same under
// every context: put what a value depends on, such as the tenant, into the key. If to fails, the call returns a
// [ctxcache.ErrKey]. It wraps the error of to, but does not print it, because it may quote the key.
//
// If back is nil, Len, Clear and Keys are unsupported; that is the case for a hash, which cannot be undone. Otherwise
// back reports false for a key of inner that does not belong to this layer. Back need not be strict, and strconv.Atoi
// is not: it reads "+7" as 7. A key of inner belongs to this layer only if to turns the result of back into that key
// again.
//
// The stored form of keys with a common prefix need not have a common prefix. So Len, Clear and Keys are also unsupported
// over a store that supports them only under a prefix.
func Keyed[K comparable, K2 comparable, V any](
	inner ctxcache.Cache[K2, V], to func(K) (K2, error), back func(K2) (K, bool),
) ctxcache.Cache[K, V] {
	need("Keyed", "an inner cache", inner != nil)
	need("Keyed", "a function that maps keys", to != nil)
	hooks := ctxcache.Hooks[K, V, K2, V]{
		About:  ctxcache.Description{Kind: "keyed"},
		Key:    func(key K) (K2, error) { return mapKey(to, key) },
		Encode: sameValue[K, V],
		Decode: sameValue[K, V],
	}
	if back != nil {
		hooks.Unkey = func(stored K2) (K, bool) {
			if ctxcache.CheckKey(stored) != nil { // not stored by this layer, and == might panic
				var none K
				return none, false
			}
			key, ok := back(stored)
			if !ok {
				return key, false
			}
			again, err := mapKey(to, key)
			return key, err == nil && again == stored
		}
	}
	return &keyed[K, V, K2]{ctxcache.NewMapped(inner, hooks)}
}

type keyed[K comparable, V any, K2 comparable] struct {
	ctxcache.Mapped[K, V, K2, V]
}

// mapKey calls to. It first refuses a key that no cache can hold, such as NaN: to might turn it into a valid key.
func mapKey[K comparable, K2 comparable](to func(K) (K2, error), key K) (K2, error) {
	var none K2
	if err := ctxcache.CheckKey(key); err != nil {
		return none, err
	}
	stored, err := to(key)
	if err != nil {
		return none, fmt.Errorf("%w: %w", ctxcache.ErrKey, ctxcache.Discreet("the key cannot be mapped", err))
	}
	return stored, nil
}
