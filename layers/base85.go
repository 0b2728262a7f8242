package layers

import (
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/base85"
)

// Base85 returns a cache of bytes under arbitrary keys. It stores keys and values in inner as base 85 text: plain ASCII
// without spaces, quotes, slashes and commas, a quarter longer than the bytes. The alphabet is RFC 1924's. Every four
// bytes become five characters, the most significant byte first. A last group of n bytes becomes n+1 characters.
//
// A stored value that is not such text is [ctxcache.ErrCorrupt].
//
// Over a shared store, put Base85 over a [Prefixed] part of it. Base 85 text has no prefix of its own that the store
// could look for. So Len, Clear and Keys are unsupported over a store that supports them only under a prefix.
func Base85(inner ctxcache.Cache[string, string]) ctxcache.Cache[string, []byte] {
	need("Base85", "an inner cache", inner != nil)
	return &base85Text{ctxcache.NewMapped(inner, ctxcache.Hooks[string, []byte, string, string]{
		About:  ctxcache.Description{Kind: "base85"},
		Key:    func(key string) (string, error) { return base85.Encode(key), nil },
		Unkey:  base85Key,
		Scope:  base85Scope,
		Encode: func(_ string, value []byte) (string, error) { return base85.Encode(value), nil },
		Decode: func(_ string, stored string) ([]byte, error) { return base85.Decode(stored) },
	})}
}

type base85Text struct {
	ctxcache.Mapped[string, []byte, string, string]
}

// base85Key returns the key whose stored form is stored. It reports false for text that does not decode, and for text that
// decodes but that Base85 would not have written.
func base85Key(stored string) (string, bool) {
	key, err := base85.Decode(stored)
	if err != nil || base85.Encode(key) != stored {
		return "", false
	}
	return string(key), true
}

// base85Scope keeps as much of the prefix as makes whole groups of four bytes, so that a store need not look at all its
// keys.
func base85Scope(s ctxcache.Scope[string]) ctxcache.Scope[string] {
	whole := len(s.Prefix) - len(s.Prefix)%4
	return ctxcache.Scope[string]{
		Prefix: base85.Encode(s.Prefix[:whole]),
		Match: func(stored string) bool {
			key, ours := base85Key(stored)
			return ours && s.Covers(key)
		},
	}
}
