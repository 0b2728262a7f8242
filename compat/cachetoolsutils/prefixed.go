package cachetoolsutils

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/ctxcache/cached/compat/cachetoolsutils/internal/texts"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// PrefixedCache returns a cache that stores a key in inner as prefix and the str() of the key. A key whose str() is not
// UTF-8 is [ctxcache.ErrKey]. If prefix is not UTF-8, every call returns [ctxcache.ErrOptions]. Python:
// PrefixedCache(cache, prefix).
func PrefixedCache[K comparable, V any](inner ctxcache.Cache[string, V], prefix string) ctxcache.Cache[K, V] {
	need("PrefixedCache", inner != nil)
	if !utf8.ValidString(prefix) {
		err := fmt.Errorf("%w: the prefix is not UTF-8", ctxcache.ErrOptions)
		return ctxcache.Invalid[K, V](ctxcache.Description{Kind: "PrefixedCache"}, err, ctxcache.NodeOf(inner))
	}
	return strKeyed[K](layers.Prefixed(inner, prefix))
}

// PrefixedBytesCache returns a cache that stores a key in inner as prefix and the bytes() of the key: bytes unchanged,
// n zero bytes for an integer n, and one byte for each integer (0 to 255) of a tuple or a list. Other keys are
// [ctxcache.ErrKey]. Python: PrefixedCache(cache, b"...").
func PrefixedBytesCache[K comparable, V any](inner ctxcache.Cache[Bytes, V], prefix []byte) ctxcache.Cache[K, V] {
	need("PrefixedBytesCache", inner != nil)
	before := Bytes(prefix)
	return layers.Keyed(inner,
		func(key K) (Bytes, error) {
			data, err := bytesOf(toValue(key))
			return before + data, err
		},
		texts.Back(func(stored Bytes) (key K, ok bool) {
			data, ok := strings.CutPrefix(string(stored), string(before))
			if !ok {
				return key, false
			}
			if key, ok = fromBytes[K](data); ok {
				return key, true
			}
			return fromZeros[K](data)
		}))
}

// strKeyed returns a cache that stores a key in inner as its str(). It also refuses strings that Python cannot have.
func strKeyed[K comparable, V any](inner ctxcache.Cache[string, V]) ctxcache.Cache[K, V] {
	return layers.Keyed(inner, StrKeys[K]{}.Text, texts.Back(StrKeys[K]{}.Key))
}

// maxZeros is the largest integer that may be a key of bytes, because it becomes as many zero bytes.
const maxZeros = 1 << 20

// bytesOf returns Python's bytes(v), or an error if v has none.
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
			return "", fmt.Errorf("%w: not the size of a bytes object", errType)
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
				return "", fmt.Errorf("%w: an integer in it is not a byte", errType)
			}
			data[i] = byte(item)
		default:
			return "", errType
		}
	}
	return Bytes(data), nil
}
