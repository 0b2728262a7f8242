package cachetoolsutils

import (
	"github.com/ctxcache/cached/compat/cachetoolsutils/internal/texts"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// ToBytesCache returns a cache that stores keys and values in inner as the bytes of their JSON. Python:
// ToBytesCache(cache).
func ToBytesCache[K comparable, V any](inner ctxcache.Cache[Bytes, []byte]) ctxcache.Cache[K, V] {
	need("ToBytesCache", inner != nil)
	return texts.New("ToBytesCache", byteStrings(inner), JSONKeys[K]{}, layers.Codec[V](JSON[V]{}))
}

// BytesCache returns a cache of bytes under keys of bytes. It stores both in inner as base 85 text. Python:
// BytesCache(cache).
func BytesCache(inner ctxcache.Cache[string, string]) ctxcache.Cache[Bytes, []byte] {
	need("BytesCache", inner != nil)
	return bytesKeys(layers.Base85(inner))
}

// byteStrings returns a cache with string keys, which stores a key in inner as its bytes.
func byteStrings[V any](inner ctxcache.Cache[Bytes, V]) ctxcache.Cache[string, V] {
	return renamed[string, Bytes](inner)
}

// bytesKeys is the reverse of byteStrings: it returns a cache with keys of bytes, which stores a key in inner as a
// string.
func bytesKeys[V any](inner ctxcache.Cache[string, V]) ctxcache.Cache[Bytes, V] {
	return renamed[Bytes, string](inner)
}

// renamed returns a cache whose keys have another type, but the same bytes. So all entries of inner are its own.
func renamed[K, K2 ~string, V any](inner ctxcache.Cache[K2, V]) ctxcache.Cache[K, V] {
	unkey := func(stored K2) (K, bool) { return K(stored), true }
	hooks := ctxcache.Hooks[K, V, K2, V]{
		About:  ctxcache.Description{Kind: "keyed"},
		Key:    func(key K) (K2, error) { return K2(key), nil },
		Unkey:  unkey,
		Encode: func(_ K, value V) (V, error) { return value, nil },
		Decode: func(_ K, stored V) (V, error) { return stored, nil },
	}
	if ctxcache.Supports(inner).Scopes() == ctxcache.ScopesWhole {
		hooks.Scope = texts.Whole(unkey)
	}
	return &mapped[K, V, K2, V]{ctxcache.NewMapped(inner, hooks)}
}
