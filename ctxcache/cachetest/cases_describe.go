package cachetest

import (
	"fmt"
	"strings"

	"github.com/ctxcache/cached/ctxcache"
)

// describeCases are about Describe.
func describeCases() []Case {
	cases := []Case{
		{Name: "Describe/Kind", Rule: "a cache reports its kind, and so does every cache below it", run: func(p *probe) {
			ctxcache.Walk(p.cache.(ctxcache.Node), func(depth int, _ ctxcache.Node, d ctxcache.Description) bool {
				if d.Kind == "" {
					p.stops("the node at depth %d has no kind: %+v", depth, d)
				}
				return true
			})
		}},
		{Name: "Describe/Constant", Rule: "a description is constant", run: func(p *probe) {
			before := p.description()
			p.set("key", "value")
			p.holds("key", "value")
			p.ok(p.cache.Delete(p.ctx, "key"), "Delete")
			if after := p.description(); after != before {
				p.stops("the cache describes itself first as\n%sand then as\n%s", before, after)
			}
		}},
		{Name: "Describe/Discreet", Rule: "a description contains neither keys nor values", run: func(p *probe) {
			p.set(secretKey, secretValue)
			p.holds(secretKey, secretValue)
			for _, secret := range []string{secretKey, secretValue} {
				if text := p.description(); strings.Contains(text, secret) {
					p.stops("the description contains %q:\n%s", secret, text)
				}
			}
		}},
	}
	for i := range cases {
		cases[i].nodes = true
	}
	return cases
}

// description prints the descriptions of the cache and of every cache below it.
func (p *probe) description() string {
	var text strings.Builder
	ctxcache.Walk(p.cache.(ctxcache.Node), func(depth int, _ ctxcache.Node, d ctxcache.Description) bool {
		fmt.Fprintf(&text, "%*s%q %q %v\n", 2*depth, "", d.Kind, d.Name, d.Options)
		return true
	})
	return text.String()
}
