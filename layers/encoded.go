package layers

import (
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
)

// Encoded returns a cache of values of type V. It stores them in inner as bytes: codec encodes each value when it is
// written and decodes it when it is read. Keys stay as they are.
//
// A write of a value that codec cannot encode returns [ctxcache.ErrValue]. The old value is then deleted, because
// nobody should read it any more. Only Fill and FillMany leave it to the holder of the lease, who drops it. A read of
// bytes that codec cannot decode returns [ctxcache.ErrCorrupt]. GetLease grants a lease with that error, so that a
// loader can replace the bytes. In either case the error wraps the codec's error, but does not print it, because it
// may quote the value. Negative entries have no value and pass unchanged.
//
// A nil opts means the default of every option.
func Encoded[K comparable, V any](
	inner ctxcache.Cache[K, []byte], codec Codec[V], opts *EncodedOptions,
) ctxcache.Cache[K, V] {
	need("Encoded", "an inner cache", inner != nil)
	need("Encoded", "a codec", codec != nil)
	hooks := sameKeys[K, V, []byte](ctxcache.Description{
		Kind:    "encoded",
		Options: []ctxcache.Option{{Name: "codec", Value: fmt.Sprintf("%T", codec)}},
	})
	hooks.Encode = func(_ K, value V) ([]byte, error) { return encode(codec, value) }
	hooks.Decode = func(_ K, stored []byte) (V, error) { return decode(codec, stored) }
	return &encoded[K, V]{ctxcache.NewMapped(inner, hooks), codec}
}

// EncodedOptions are the options of [Encoded]. Nil, and the zero value of each field, mean the default.
type EncodedOptions struct{}

type encoded[K comparable, V any] struct {
	ctxcache.Mapped[K, V, K, []byte]
	codec Codec[V]
}

func encode[V any](codec Codec[V], value V) ([]byte, error) {
	stored, err := codec.Encode(value)
	if err != nil {
		return nil, ctxcache.Discreet(fmt.Sprintf("%T cannot encode the value", codec), err)
	}
	return stored, nil
}

func decode[V any](codec Codec[V], stored []byte) (V, error) {
	value, err := codec.Decode(stored)
	if err != nil {
		var none V
		return none, ctxcache.Discreet(fmt.Sprintf("%T cannot decode the value", codec), err)
	}
	return value, nil
}
