package ctxcache

import "strings"

// Scope says which keys Len, Clear and Keys are about. The zero Scope covers all of this cache's keys. Layers narrow it
// on the way down, so that one user of a shared store never reaches another's keys.
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

// In reports whether s is one of scopes.
func (s Scope[K]) In(scopes Scopes) bool {
	switch scopes {
	case ScopesAny:
		return true
	case ScopesPrefixed:
		return s.Prefix != ""
	case ScopesWhole:
		return s.All()
	default:
		return false
	}
}

// Scopes says in which scopes a cache can Len, Clear and list its keys.
type Scopes uint8

// The scopes.
const (
	ScopesAny      Scopes = iota // every scope
	ScopesPrefixed               // those with a Prefix: the whole is a store that others share
	ScopesWhole                  // the zero Scope alone: which of the stored keys are in another is not known
	ScopesNone                   // no scope at all
)

// And returns the scopes that both s and other contain.
func (s Scopes) And(other Scopes) Scopes {
	switch {
	case s == other || other == ScopesAny:
		return s
	case s == ScopesAny:
		return other
	default:
		return ScopesNone
	}
}
