package cachetoolsutils

import (
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// texts returns inner, which has text under text, as a cache of values that codec writes under keys of the
// given form.
func texts[K comparable, V any, T string | []byte](
	class string, inner ctxcache.Cache[string, T], keys keyText[K], codec layers.Codec[V],
) ctxcache.Cache[K, V] {
	return &mapped[K, V, string, T]{ctxcache.NewMapped(inner, ctxcache.Hooks[K, V, string, T]{
		Layer: class,
		Key:   keys.to,
		Unkey: keys.from,
		Encode: func(_ K, value V) (T, error) {
			data, err := codec.Encode(value)
			return T(data), err
		},
		Decode: func(_ K, stored T) (V, error) { return codec.Decode([]byte(stored)) },
	})}
}
