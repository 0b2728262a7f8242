package layers

import (
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/base85"
)

// Text returns inner, which holds strings under strings, as a cache of bytes under arbitrary keys: both are
// stored as base 85 text, a quarter longer, which is plain ASCII without spaces, quotes, slashes or commas. The
// alphabet is that of RFC 1924, and the form that of Python's base64.b85encode.
//
// A value that is no such text is [ctxcache.ErrCorrupt].
func Text(inner ctxcache.Cache[string, string]) ctxcache.Cache[string, []byte] {
	need("Text", "an inner cache", inner != nil)
	return &text{ctxcache.NewMapped(inner, ctxcache.Hooks[string, []byte, string, string]{
		Layer:  "text",
		Key:    func(key string) (string, error) { return base85.Encode(key), nil },
		Unkey:  textKey,
		Scope:  textScope,
		Encode: func(_ string, value []byte) (string, error) { return base85.Encode(value), nil },
		Decode: func(_ string, stored string) ([]byte, error) { return base85.Decode(stored) },
	})}
}

type text struct {
	ctxcache.Mapped[string, []byte, string, string]
}

// textKey returns the key that is stored as stored. What decodes, but is not how a key would be written, is none.
func textKey(stored string) (string, bool) {
	key, err := base85.Decode(stored)
	if err != nil || base85.Encode(key) != stored {
		return "", false
	}
	return string(key), true
}

// textScope narrows by prefix as far as whole groups go, so that a store need not look at all its keys.
func textScope(s ctxcache.Scope[string]) ctxcache.Scope[string] {
	whole := len(s.Prefix) - len(s.Prefix)%4
	return ctxcache.Scope[string]{
		Prefix: base85.Encode(s.Prefix[:whole]),
		Match: func(stored string) bool {
			key, ours := textKey(stored)
			return ours && s.Covers(key)
		},
	}
}
