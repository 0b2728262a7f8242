package cachetoolsutils

import (
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
)

// Objects returns inner as a cache of Python objects: one that takes any, and refuses at run time what inner has no
// type for, as Python does. K and V are types that [Value] lists, or made of one.
func Objects[K comparable, V any](inner ctxcache.Cache[K, V]) ctxcache.Cache[Key, Value] {
	need("Objects", inner != nil)
	return &mapped[Key, Value, K, V]{ctxcache.NewMapped(inner, ctxcache.Hooks[Key, Value, K, V]{
		Layer: "objects",
		Key: func(key Key) (K, error) {
			k, ok := fromValue[K](key.Value())
			if !ok {
				return k, fmt.Errorf("%w: %w", ctxcache.ErrKey, errType)
			}
			return k, nil
		},
		Unkey: func(k K) (Key, bool) {
			key, err := KeyOf(toValue(k))
			return key, err == nil
		},
		Encode: func(_ Key, value Value) (V, error) {
			value, plainly := plain(value)
			v, ok := fromValue[V](value)
			if !plainly || !ok {
				return v, errType
			}
			return v, nil
		},
		Decode: func(_ Key, v V) (Value, error) { return toValue(v), nil },
	})}
}

// Typed is the way back: it returns inner, which has Python objects, as a cache of K and V. A value that is no V is
// [ctxcache.ErrCorrupt]; bytes are taken for a string.
func Typed[K comparable, V any](inner ctxcache.Cache[Key, Value]) ctxcache.Cache[K, V] {
	need("Typed", inner != nil)
	return &mapped[K, V, Key, Value]{ctxcache.NewMapped(inner, ctxcache.Hooks[K, V, Key, Value]{
		Layer: "typed",
		Key: func(k K) (Key, error) {
			key, err := KeyOf(toValue(k))
			if err != nil {
				return key, fmt.Errorf("%w: %w", ctxcache.ErrKey, err)
			}
			return key, nil
		},
		Unkey:  func(key Key) (K, bool) { return fromValue[K](key.Value()) },
		Encode: func(_ K, v V) (Value, error) { return toValue(v), nil },
		Decode: func(_ K, value Value) (V, error) {
			v, ok := fromValue[V](value)
			if data, isBytes := value.([]byte); !ok && isBytes {
				v, ok = fromValue[V](string(data))
			}
			if !ok {
				return v, errType
			}
			return v, nil
		},
	})}
}

// mapped is the layer that all classes are made of.
type mapped[K comparable, V any, K2 comparable, V2 any] struct {
	ctxcache.Mapped[K, V, K2, V2]
}

// need panics unless a constructor was given what it cannot do without.
func need(constructor string, given bool) {
	if !given {
		panic("cachetoolsutils: " + constructor + " of nil")
	}
}
