package cachetoolsutils

import (
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// texts returns a cache that stores keys in inner as keys converts them, and values as codec encodes them. Class is its
// name in descriptions and errors. Errors wrap the codec's error, but do not print it, because it may quote the value.
func texts[K comparable, V any, T string | []byte](
	class string, inner ctxcache.Cache[string, T], keys keyText[K], codec layers.Codec[V],
) ctxcache.Cache[K, V] {
	return &mapped[K, V, string, T]{ctxcache.NewMapped(inner, ctxcache.Hooks[K, V, string, T]{
		About: ctxcache.Description{Kind: class},
		Key:   keys.to,
		Unkey: keys.from,
		Encode: func(_ K, value V) (T, error) {
			data, err := codec.Encode(value)
			if err != nil {
				err = ctxcache.Discreet(fmt.Sprintf("%T cannot encode the value", codec), err)
			}
			return T(data), err
		},
		Decode: func(_ K, stored T) (V, error) {
			value, err := codec.Decode([]byte(stored))
			if err != nil {
				err = ctxcache.Discreet(fmt.Sprintf("%T cannot decode the value", codec), err)
			}
			return value, err
		},
	})}
}
