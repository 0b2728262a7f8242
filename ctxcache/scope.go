package ctxcache

import "strings"

// Scope says which keys Len, Clear and Keys are about. The zero Scope is about all of this cache's keys. Layers
// narrow it on the way down, so that one user of a shared store never reaches another's keys.
type Scope[K comparable] struct {
	Prefix string       // keys that begin with it; needs K to be string
	Match  func(K) bool // keys it reports true for; nil: all. It may be called under a lock, and calls no cache.
}

// Covers reports whether key is in scope.
func (s Scope[K]) Covers(key K) bool {
	if s.Prefix != "" {
		text, ok := any(key).(string)
		if !ok || !strings.HasPrefix(text, s.Prefix) {
			return false
		}
	}
	return s.Match == nil || s.Match(key)
}

// All reports whether s covers every key.
func (s Scope[K]) All() bool { return s.Prefix == "" && s.Match == nil }
