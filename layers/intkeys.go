package layers

import (
	"strconv"

	"github.com/ctxcache/cached/ctxcache"
)

// Integer is the set of types that [IntKeys] accepts as keys.
type Integer interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr
}

// IntKeys returns a cache with integer keys over inner, whose keys are strings. The key 7 is stored as "7", and -7 as
// "-7": in decimal, without leading zeros. Every integer has one text, and every such text is one integer. So Len,
// Clear, Keys and Watch work as in inner:
//
//	users := layers.IntKeys[int64](layers.Prefixed(store, "user:")) // the key 7 is stored as "user:7"
//
// Keys of inner that are not the text of a K do not belong to this cache: "x", "007", and "300" for a uint8. Len, Clear
// and Keys leave them alone.
//
// Decimal texts have no common prefix. So Len, Clear and Keys are unsupported over a store that supports them only under
// a prefix. Put IntKeys over a [Prefixed] part of such a store.
func IntKeys[K Integer, V any](inner ctxcache.Cache[string, V]) ctxcache.Cache[K, V] {
	need("IntKeys", "an inner cache", inner != nil)
	return &intKeys[K, V]{ctxcache.NewMapped(inner, ctxcache.Hooks[K, V, string, V]{
		About:  ctxcache.Description{Kind: "int_keys"},
		Key:    func(key K) (string, error) { return decimalText(key), nil },
		Unkey:  decimalKey[K],
		Encode: sameValue[K, V],
		Decode: sameValue[K, V],
	})}
}

type intKeys[K Integer, V any] struct {
	ctxcache.Mapped[K, V, string, V]
}

// decimalText returns key in decimal.
func decimalText[K Integer](key K) string {
	if key < 0 {
		return strconv.FormatInt(int64(key), 10)
	}
	return strconv.FormatUint(uint64(key), 10)
}

// decimalKey returns the key with this text. It reports false for a text that decimalText does not return for any K.
func decimalKey[K Integer](text string) (K, bool) {
	var key K
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		key = K(n)
	} else if n, err := strconv.ParseUint(text, 10, 64); err == nil { // above the largest int64
		key = K(n)
	}
	return key, decimalText(key) == text // the text of another key, such as 0, if text is not a number or does not fit
}
