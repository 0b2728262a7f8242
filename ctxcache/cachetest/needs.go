package cachetest

import "github.com/ctxcache/cached/ctxcache"

// scoped are the capabilities that take a scope.
const scoped = ctxcache.CapLen | ctxcache.CapClear | ctxcache.CapKeys

// fits reports whether a cache with these capabilities has all that is needed. Where one of them takes a scope, the
// scopes needed have to be among those of the cache, too; otherwise those of needs say nothing.
func fits(caps, needs ctxcache.Cap) bool {
	if !caps.Has(needs) {
		return false
	}
	return needs&scoped == 0 || needs.Scopes().And(caps.Scopes()) == needs.Scopes()
}

// both returns the needs of two.
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

// needing adds to what cases need.
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
