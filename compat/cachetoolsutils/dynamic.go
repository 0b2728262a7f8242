package cachetoolsutils

import (
	"fmt"
	"math/big"
	"reflect"

	"github.com/ctxcache/cached/compat/cachetoolsutils/internal/texts"
	"github.com/ctxcache/cached/ctxcache"
)

// Objects returns a cache of Python objects over inner. It accepts every object, and checks types at run time, as
// Python does: a key that is not a K is [ctxcache.ErrKey], and a value that is not a V is [ctxcache.ErrValue]. K and V
// are types that [Value] lists, or are made of a string, a bool or a number. For another V every call returns
// [ctxcache.ErrOptions].
func Objects[K comparable, V any](inner ctxcache.Cache[K, V]) ctxcache.Cache[Key, Value] {
	need("Objects", inner != nil)
	about := ctxcache.Description{Kind: "objects"}
	if err := objectType[V](); err != nil {
		return ctxcache.Invalid[Key, Value](about, err, ctxcache.NodeOf(inner))
	}
	unkey := func(k K) (Key, bool) {
		key, err := KeyOf(toValue(k))
		return key, err == nil
	}
	var scope func(ctxcache.Scope[Key]) ctxcache.Scope[K]
	if ctxcache.Supports(inner).Scopes() == ctxcache.ScopesWhole { // every K is a Key, so the whole is this cache's
		scope = texts.Whole(unkey)
	}
	return &mapped[Key, Value, K, V]{ctxcache.NewMapped(inner, ctxcache.Hooks[Key, Value, K, V]{
		About: about,
		Scope: scope,
		Key: func(key Key) (K, error) {
			k, ok := fromValue[K](key.Value())
			if !ok {
				return k, fmt.Errorf("%w: %w", ctxcache.ErrKey, errType)
			}
			return k, nil
		},
		Unkey: unkey,
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

// Typed is the reverse of [Objects]. It returns a cache of K and V over inner, which has Python objects. A stored value
// that is not a V is [ctxcache.ErrCorrupt], but Typed converts bytes to a string if V is a string. K and V are types as
// in
// Objects. For another V, such as a struct, every call returns [ctxcache.ErrOptions], because inner would return a dict.
func Typed[K comparable, V any](inner ctxcache.Cache[Key, Value]) ctxcache.Cache[K, V] {
	need("Typed", inner != nil)
	about := ctxcache.Description{Kind: "typed"}
	if err := objectType[V](); err != nil {
		return ctxcache.Invalid[K, V](about, err, ctxcache.NodeOf(inner))
	}
	return &mapped[K, V, Key, Value]{ctxcache.NewMapped(inner, ctxcache.Hooks[K, V, Key, Value]{
		About: about,
		Key: func(k K) (Key, error) {
			if err := ctxcache.CheckKey(k); err != nil { // a Key of NaN is equal to itself, but NaN is not
				return Key{}, err
			}
			key, err := KeyOf(toValue(k))
			if err != nil {
				return key, fmt.Errorf("%w: %w", ctxcache.ErrKey, err)
			}
			return key, nil
		},
		Unkey: texts.Back(func(key Key) (K, bool) {
			object := key.Value()
			if data, isBytes := object.([]byte); isBytes {
				return fromBytes[K](string(data))
			}
			return keyOfValue[K](object)
		}),
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

// objectType returns nil, or an ErrOptions if V is not the type of a Python object.
func objectType[V any]() error {
	t := reflect.TypeFor[V]()
	switch t {
	case reflect.TypeFor[Value](), reflect.TypeFor[Key](), reflect.TypeFor[Bytes](), reflect.TypeFor[[]byte](), reflect.TypeFor[[]Value](),
		reflect.TypeFor[Tuple](), reflect.TypeFor[Dict](), reflect.TypeFor[*big.Int]():
		return nil
	}
	if isScalar(t) {
		return nil
	}
	return fmt.Errorf("%w: %v is not the type of a Python object. Use a cache that stores JSON", ctxcache.ErrOptions, t)
}

// mapped is the type of most layers of this package.
type mapped[K comparable, V any, K2 comparable, V2 any] struct {
	ctxcache.Mapped[K, V, K2, V2]
}

// need panics if given is false: a constructor was called with nil.
func need(constructor string, given bool) {
	if !given {
		panic("cachetoolsutils: " + constructor + " of nil")
	}
}
