package cachetest

import "github.com/ctxcache/cached/ctxcache"

// scoped are the capabilities that take a scope.
const scoped = ctxcache.CapLen | ctxcache.CapClear | ctxcache.CapKeys

// fits reports whether a cache with the capabilities caps has all capabilities in needs. If a capability in needs takes
// a scope, caps must also have the scopes of needs. Otherwise the scopes of needs do not matter.
func fits(caps, needs ctxcache.Cap) bool {
	if !caps.Has(needs) {
		return false
	}
	return needs&scoped == 0 || needs.Scopes().And(caps.Scopes()) == needs.Scopes()
}

// both returns the needs of a and of b together.
func both(a, b ctxcache.Cap) ctxcache.Cap {
	all := a | b
	switch {
	case a&scoped == 0:
		return all.In(b.Scopes())
	case b&scoped == 0 || a.Scopes() == b.Scopes():
		return all.In(a.Scopes())
	default:
		return all.In(ctxcache.ScopesAny)
	}
}

// needing adds needs to the needs of each case, and returns the cases.
func needing(needs ctxcache.Cap, cases []Case) []Case {
	for i := range cases {
		cases[i].needs = both(cases[i].needs, needs)
	}
	return cases
}

// scopesOf returns the scopes that a cache must have for Len, Clear or Keys in s.
func scopesOf(s scope) ctxcache.Scopes {
	switch {
	case s.All():
		return ctxcache.ScopesWhole
	case s.Prefix != "":
		return ctxcache.ScopesPrefixed
	default:
		return ctxcache.ScopesAny
	}
}
