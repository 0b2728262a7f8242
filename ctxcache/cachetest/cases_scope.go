package cachetest

import (
	"maps"
	"slices"
	"strings"

	"github.com/ctxcache/cached/ctxcache"
)

// scopeKeys are the keys that scopes choose from.
var scopeKeys = []string{
	"", "a", "a:", "a:1", "a:2", "ab", "b:1", "A:1", "a*1", "ax1", "a?1",
	"[a]1", `\a1`, "{a}1", "^a", "\x00a", "\xffa", "\xff\xff",
}

var scopes = []struct {
	name  string
	scope scope
}{
	{"All", scope{}},
	{"Prefix", scope{Prefix: "a:"}},
	{"Match", scope{Match: func(key string) bool { return strings.HasSuffix(key, "1") }}},
	{"Both", scope{Prefix: "a", Match: func(key string) bool { return strings.HasSuffix(key, "1") }}},
	{"Nothing", scope{Prefix: "z"}},
	{"MatchNothing", scope{Match: func(string) bool { return false }}},
	{"Star", scope{Prefix: "a*"}},
	{"Question", scope{Prefix: "a?"}},
	{"Bracket", scope{Prefix: "[a]"}},
	{"Backslash", scope{Prefix: `\`}},
	{"Brace", scope{Prefix: "{a}"}},
	{"Zero", scope{Prefix: "\x00"}},
	{"HighByte", scope{Prefix: "\xff"}},
}

// scopeCases are about the scopes of Len, Keys and Clear.
func scopeCases() []Case {
	var cases []Case
	for _, s := range scopes {
		scopes := scopesOf(s.scope)
		cases = append(cases, Case{
			Name:  "Scope/Len/" + s.name,
			Rule:  "Len counts the values in scope, and no others",
			needs: ctxcache.CapLen.In(scopes),
			run: func(p *probe) {
				want := len(inScope(p.setEach(scopeKeys), s.scope))
				got, err := ctxcache.LenIn(p.ctx, p.cache, s.scope)
				p.ok(err, "Len")
				if got != want {
					p.stops("Len: %d, want %d", got, want)
				}
			},
		}, Case{
			Name:  "Scope/Keys/" + s.name,
			Rule:  "Keys yields the keys in scope, and no others, each once",
			needs: ctxcache.CapKeys.In(scopes),
			run: func(p *probe) {
				want := inScope(p.setEach(scopeKeys), s.scope)
				if got := sorted(p.keys(s.scope)); !slices.Equal(got, want) {
					p.stops("Keys yields %q, want %q", got, want)
				}
			},
		}, Case{
			Name:  "Scope/Clear/" + s.name,
			Rule:  "Clear deletes the keys in scope, and no others",
			needs: ctxcache.CapClear.In(scopes),
			run: func(p *probe) {
				accepted := p.setEach(scopeKeys)
				p.ok(ctxcache.ClearIn(p.ctx, p.cache, s.scope), "Clear")
				for key := range accepted {
					if s.scope.Covers(key) {
						p.empty(key)
					} else {
						p.holds(key, valueOf(key))
					}
				}
			},
		})
	}
	return cases
}

// inScope returns the keys that s covers, sorted.
func inScope(keys map[string]bool, s scope) []string {
	keys = maps.Clone(keys)
	maps.DeleteFunc(keys, func(key string, _ bool) bool { return !s.Covers(key) })
	return sorted(keys)
}
