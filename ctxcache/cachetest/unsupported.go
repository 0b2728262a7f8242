package cachetest

import (
	"errors"
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// unsupportedCases are about the package functions for a capability that the cache lacks.
func unsupportedCases() []Case {
	const rule = "without the capability, and without a fallback, the answer is ErrUnsupported, bare and before any effect"
	var cases []Case
	for _, t := range trials {
		if t.needs == 0 || t.operation == Fill || t.operation == Release {
			continue
		}
		lacks := t.needs
		switch t.operation {
		case Len:
			lacks |= ctxcache.OpLenAll
		case Clear:
			lacks |= ctxcache.OpClearAll
		}
		cases = append(cases, Case{
			Name:  "Unsupported/" + string(t.operation),
			Rule:  rule,
			lacks: lacks,
			run: func(p *probe) {
				p.set(held, "old")
				p.bare(t.prepare(p)(p.ctx), errors.ErrUnsupported, string(t.operation))
				p.holds(held, "old")
				p.empty(free)
			},
		})
	}
	return append(slices.Concat(cases, unsupportedNegativeCases(rule)), Case{
		Name:  "Unsupported/entry",
		Rule:  "a cache that cannot tell remaining lives has Unknown",
		lacks: ctxcache.OpEntry,
		run: func(p *probe) {
			p.set("key", "value")
			p.reports("key", ctxcache.Unknown)
		},
	})
}

// unsupportedNegativeCases are about negative entries for a cache that cannot have any.
func unsupportedNegativeCases(rule string) []Case {
	var cases []Case
	for _, w := range wholeWriters() {
		cases = append(cases, Case{
			Name:  "Unsupported/negative/" + w.name,
			Rule:  rule,
			needs: w.needs,
			lacks: ctxcache.OpNegative,
			run: func(p *probe) {
				p.set("key", "old")
				p.bare(w.write(p, "key", entry{Absent: true, TTL: hour}), errors.ErrUnsupported, w.name+" of a negative entry")
				p.holds("key", "old")
			},
		})
	}
	return append(cases, Case{
		Name:  "Unsupported/negative/mixed",
		Rule:  rule,
		lacks: ctxcache.OpNegative,
		run: func(p *probe) {
			err := ctxcache.SetEntries(p.ctx, p.cache, map[string]entry{
				"key":  {Value: []byte("value"), TTL: hour},
				"gone": {Absent: true, TTL: hour},
			})
			p.bare(err, errors.ErrUnsupported, "SetEntries with a negative entry")
			p.empty("key")
		},
	})
}
