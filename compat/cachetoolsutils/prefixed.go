package cachetoolsutils

import (
	"fmt"
	"strings"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// PrefixedCache is the part of inner under a prefix, which stands before the str() of a key. Python:
// PrefixedCache(cache, prefix).
func PrefixedCache[K comparable, V any](inner ctxcache.Cache[string, V], prefix string) ctxcache.Cache[K, V] {
	need("PrefixedCache", inner != nil)
	return strKeyed[K](layers.Prefixed(inner, prefix))
}

// PrefixedBytesCache is the part of inner under a prefix of bytes, which stands before the bytes() of a key: a key of
// bytes as it is, n zero bytes for an integer n, and one byte for each small integer of a tuple or a list. Python:
// PrefixedCache(cache, b"...").
func PrefixedBytesCache[K comparable, V any](inner ctxcache.Cache[Bytes, V], prefix []byte) ctxcache.Cache[K, V] {
	need("PrefixedBytesCache", inner != nil)
	before := Bytes(prefix)
	return layers.Keyed(inner,
		func(key K) (Bytes, error) {
			data, err := bytesOf(toValue(key))
			return before + data, err
		},
		func(stored Bytes) (key K, ok bool) {
			data, ok := strings.CutPrefix(string(stored), string(before))
			if !ok {
				return key, false
			}
			return fromValue[K]([]byte(data))
		})
}

// strKeyed returns inner under keys whose str() are its own.
func strKeyed[K comparable, V any](inner ctxcache.Cache[string, V]) ctxcache.Cache[K, V] {
	if same, ok := inner.(ctxcache.Cache[K, V]); ok {
		return same
	}
	keys := strKeys[K]()
	return layers.Keyed(inner, keys.to, keys.back)
}

// maxZeros bounds what an integer as a key turns into.
const maxZeros = 1 << 20

// bytesOf returns Python's bytes(v), for the types that have one.
func bytesOf(v Value) (Bytes, error) {
	switch v := v.(type) {
	case []byte:
		return Bytes(v), nil
	case bool:
		if v {
			return "\x00", nil
		}
		return "", nil
	case int64:
		if v < 0 || v > maxZeros {
			return "", fmt.Errorf("%w: an integer that is no size", errType)
		}
		return Bytes(make([]byte, v)), nil
	case []Value:
		return bytesOfItems(v)
	case Tuple:
		return bytesOfItems(v)
	case Dict:
		keys := make([]Value, len(v))
		for i, item := range v {
			keys[i] = item.Key
		}
		return bytesOfItems(keys)
	}
	return "", errType
}

func bytesOfItems(items []Value) (Bytes, error) {
	data := make([]byte, len(items))
	for i, item := range items {
		item, _ := plain(item)
		switch item := item.(type) {
		case bool:
			if item {
				data[i] = 1
			}
		case int64:
			if item < 0 || item > 255 {
				return "", fmt.Errorf("%w: an integer that is no byte", errType)
			}
			data[i] = byte(item)
		default:
			return "", errType
		}
	}
	return Bytes(data), nil
}
