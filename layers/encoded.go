package layers

import (
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
)

// Encoded returns inner, which holds bytes, as a cache of values that codec turns into bytes and back. Keys
// stay as they are.
//
// What codec cannot encode is not stored. What it cannot decode is [ctxcache.ErrCorrupt], with which GetLease
// grants a lease all the same, so that a loader can replace it. The error of codec is the cause in either case;
// it is not printed, since it may quote the value. Negative entries hold no value, and go through as they are.
func Encoded[K comparable, V any](inner ctxcache.Cache[K, []byte], codec Codec[V]) ctxcache.Cache[K, V] {
	need("Encoded", "an inner cache", inner != nil)
	need("Encoded", "a codec", codec != nil)
	return &encoded[K, V]{ctxcache.NewMapped(inner, ctxcache.Hooks[K, V, K, []byte]{
		Layer:  "encoded",
		Key:    func(key K) (K, error) { return key, nil },
		Unkey:  func(stored K) (K, bool) { return stored, true },
		Scope:  func(s ctxcache.Scope[K]) ctxcache.Scope[K] { return s },
		Encode: func(_ K, value V) ([]byte, error) { return encode(codec, value) },
		Decode: func(_ K, stored []byte) (V, error) { return decode(codec, stored) },
	})}
}

type encoded[K comparable, V any] struct {
	ctxcache.Mapped[K, V, K, []byte]
}

func encode[V any](codec Codec[V], value V) ([]byte, error) {
	stored, err := codec.Encode(value)
	if err != nil {
		return nil, &discreetError{fmt.Sprintf("%T cannot encode the value", codec), err}
	}
	return stored, nil
}

func decode[V any](codec Codec[V], stored []byte) (V, error) {
	value, err := codec.Decode(stored)
	if err != nil {
		var none V
		return none, &discreetError{fmt.Sprintf("%T cannot decode it", codec), err}
	}
	return value, nil
}
