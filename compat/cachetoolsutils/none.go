package cachetoolsutils

import (
	"strings"

	"github.com/ctxcache/cached/ctxcache"
)

// errNone is the cause of an error about a value that would be stored as None.
var errNone = ctxcache.Discreet("None stands for a negative entry", nil)

// jsonNone is the JSON that stands for None.
const jsonNone = "null"

// NoneIsNotFound returns a cache for the JSON of values, under a [ToBytesCache]. In it, None is a negative entry: a
// stored None is read as [ctxcache.ErrNotFound], and a negative entry is stored as None. In Python, a cached function
// that returns None does the same. Python reads the negative entry as None, except from Memcached, where its client
// takes None for an absent key. There Python calls the function again.
//
// So a value whose JSON is null, such as a nil pointer, is [ctxcache.ErrValue]. Remove, Len and Keys are unsupported,
// because inner cannot distinguish None from other values.
//
//	users := cachetoolsutils.ToBytesCache[string, User](cachetoolsutils.NoneIsNotFound(hidden))
func NoneIsNotFound[K comparable, T string | []byte](inner ctxcache.Cache[K, T]) ctxcache.Cache[K, T] {
	need("NoneIsNotFound", inner != nil)
	return &mapped[K, T, K, T]{ctxcache.NewMapped(inner, ctxcache.Hooks[K, T, K, T]{
		About: ctxcache.Description{Kind: "none is not found"},
		Key:   func(key K) (K, error) { return key, nil },
		Unkey: func(stored K) (K, bool) { return stored, true },
		Scope: func(s ctxcache.Scope[K]) ctxcache.Scope[K] { return s },
		Encode: func(_ K, value T) (T, error) {
			if isNone(value) {
				return value, errNone
			}
			return value, nil
		},
		Decode: func(_ K, stored T) (T, error) {
			if isNone(stored) {
				return stored, ctxcache.ErrNotFound
			}
			return stored, nil
		},
		EncodeNegative: func(K, ctxcache.Meta) (T, error) { return T(jsonNone), nil },
	})}
}

// isNone reports whether data is the JSON of None. Python writes it without white space, and reads it with.
func isNone[T string | []byte](data T) bool {
	const longest = 64 // bytes; a longer text is not trimmed, so that a large value is not converted to a string
	return len(data) <= longest && strings.Trim(string(data), " \t\r\n") == jsonNone
}
