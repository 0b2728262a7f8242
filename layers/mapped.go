package layers

import "github.com/ctxcache/cached/ctxcache"

// sameKeys returns the hooks of a layer that does not change keys. The caller adds Encode and Decode.
func sameKeys[K comparable, V, V2 any](about ctxcache.Description) ctxcache.Hooks[K, V, K, V2] {
	return ctxcache.Hooks[K, V, K, V2]{
		About: about,
		Key:   func(key K) (K, error) { return key, nil },
		Unkey: func(stored K) (K, bool) { return stored, true },
		Scope: func(s ctxcache.Scope[K]) ctxcache.Scope[K] { return s },
	}
}

// sameValue is the hook Encode, or Decode, of a layer that does not change values.
func sameValue[K comparable, V any](_ K, value V) (V, error) { return value, nil }
