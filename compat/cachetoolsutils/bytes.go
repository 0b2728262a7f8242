package cachetoolsutils

import (
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// ToBytesCache returns a cache that stores keys and values in inner as the bytes of their JSON. Python:
// ToBytesCache(cache).
func ToBytesCache[K comparable, V any](inner ctxcache.Cache[Bytes, []byte]) ctxcache.Cache[K, V] {
	need("ToBytesCache", inner != nil)
	return texts[K, V]("ToBytesCache", byteStrings(inner), jsonKeys[K](), JSON[V]{})
}

// BytesCache returns a cache of bytes under keys of bytes. It stores both in inner as base 85 text. Python:
// BytesCache(cache).
func BytesCache(inner ctxcache.Cache[string, string]) ctxcache.Cache[Bytes, []byte] {
	need("BytesCache", inner != nil)
	return bytesKeys(layers.Base85(inner))
}

// byteStrings returns a cache with string keys, which stores a key in inner as its bytes.
func byteStrings[V any](inner ctxcache.Cache[Bytes, V]) ctxcache.Cache[string, V] {
	return layers.Keyed(inner,
		func(key string) (Bytes, error) { return Bytes(key), nil },
		func(stored Bytes) (string, bool) { return string(stored), true })
}

// bytesKeys is the reverse of byteStrings: it returns a cache with keys of bytes, which stores a key in inner as a
// string.
func bytesKeys[V any](inner ctxcache.Cache[string, V]) ctxcache.Cache[Bytes, V] {
	return layers.Keyed(inner,
		func(key Bytes) (string, error) { return string(key), nil },
		func(stored string) (Bytes, bool) { return Bytes(stored), true })
}
