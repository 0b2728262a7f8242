package layers

import (
	"strings"

	"github.com/ctxcache/cached/ctxcache"
)

// Prefixed returns the part of inner whose keys begin with prefix, under keys without it: several users can
// then share a store. Len, Clear and Keys are about that part only. Prefixes nest, and nested ones cost one
// concatenation.
//
// Keeping prefixes apart is up to their users: "a" and "ab" overlap, since the key "bc" of the one and the key
// "c" of the other are both stored as "abc". It suffices to end each in a separator that occurs nowhere else in
// one, as in "user:" and "order:", for none is then the beginning of another. A prefix within a prefix is a
// part of it, so keys such as "x:1" of "user:" meet the key "1" of "x:" within "user:".
func Prefixed[V any](inner ctxcache.Cache[string, V], prefix string) ctxcache.Cache[string, V] {
	need("Prefixed", "an inner cache", inner != nil)
	if prefix == "" {
		return inner
	}
	if nested, ok := inner.(*prefixed[V]); ok {
		inner, prefix = nested.inner, nested.prefix+prefix
	}
	return &prefixed[V]{
		Mapped: ctxcache.NewMapped(inner, ctxcache.Hooks[string, V, string, V]{
			Layer:  "prefixed",
			Key:    func(key string) (string, error) { return prefix + key, nil },
			Unkey:  func(stored string) (string, bool) { return strings.CutPrefix(stored, prefix) },
			Scope:  func(s ctxcache.Scope[string]) ctxcache.Scope[string] { return prefixScope(s, prefix) },
			Encode: same[string, V],
			Decode: same[string, V],
		}),
		inner:  inner,
		prefix: prefix,
	}
}

type prefixed[V any] struct {
	ctxcache.Mapped[string, V, string, V]
	inner  ctxcache.Cache[string, V] // for another prefix, inside of this one
	prefix string
}

func prefixScope(s ctxcache.Scope[string], prefix string) ctxcache.Scope[string] {
	stored := ctxcache.Scope[string]{Prefix: prefix + s.Prefix}
	if s.Match != nil {
		stored.Match = func(key string) bool {
			key, ours := strings.CutPrefix(key, prefix)
			return ours && s.Match(key)
		}
	}
	return stored
}
