package layers

import (
	"context"
	"strings"

	"github.com/ctxcache/cached/ctxcache"
)

// Prefixed returns a cache that stores the key k in inner as prefix+k, so that several users can share a store. Len,
// Clear and Keys only see keys that begin with prefix. A Prefixed cache over another one becomes one layer, and costs
// one concatenation. If prefix is empty, Prefixed returns inner itself.
//
// The users must choose prefixes that do not overlap. "a" and "ab" overlap: the key "bc" under "a" and the key "c"
// under "ab" are both stored as "abc". Prefixes do not overlap if each ends in a separator that no prefix has elsewhere,
// as "user:" and "order:" do. A prefix within a prefix is a part of it: the key "x:1" under "user:" is also the key "1"
// under "x:" within "user:".
//
// The prefix does not depend on the context: a key means the same under every context. If a value depends on something in
// the context, such as the tenant, put that into the key, or make a Prefixed cache for each tenant. Otherwise a value of
// one tenant is returned to another.
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
			About: ctxcache.Description{
				Kind:    "prefixed",
				Options: []ctxcache.Option{{Name: "prefix", Value: prefix}},
			},
			Key:    func(key string) (string, error) { return prefix + key, nil },
			Unkey:  func(stored string) (string, bool) { return strings.CutPrefix(stored, prefix) },
			Scope:  func(s ctxcache.Scope[string]) ctxcache.Scope[string] { return prefixScope(s, prefix) },
			Encode: sameValue[string, V],
			Decode: sameValue[string, V],
		}),
		inner:   inner,
		entries: ctxcache.Entries(inner),
		prefix:  prefix,
	}
}

type prefixed[V any] struct {
	ctxcache.Mapped[string, V, string, V]
	inner   ctxcache.Cache[string, V]      // for Get, and for another Prefixed over this one
	entries ctxcache.EntryCache[string, V] // inner, for GetEntry
	prefix  string
}

// Get and GetEntry do not use Mapped: its hooks would make a hit of the memory cache slower.
func (c *prefixed[V]) Get(ctx context.Context, key string) (V, error) {
	return c.inner.Get(ctx, c.prefix+key)
}

func (c *prefixed[V]) GetEntry(ctx context.Context, key string) (ctxcache.Entry[V], error) {
	return c.entries.GetEntry(ctx, c.prefix+key)
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
