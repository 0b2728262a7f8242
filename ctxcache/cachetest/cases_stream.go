package cachetest

import (
	"context"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// streamCases are those cases for sources that caches must pass, too: ctxcache.SourceOf makes a source of a cache. The other
// cases of watchCases have one Watch at a time, and few changes.
func streamCases() []Case {
	alike := []string{"Reports", "Together", "Again", "Slow"}
	var cases []Case
	for _, c := range sourceCases() {
		if slices.Contains(alike, c.name) {
			cases = append(cases, Case{Name: "Watch/" + c.name, Rule: c.rule, run: func(p *probe) { p.asSource(c.run) }})
		}
	}
	return cases
}

// asSource runs a case for sources on the cache. The cache may have room for as many keys as the case changes at most.
func (p *probe) asSource(run func(*sourceProbe)) {
	under := *p
	var cancel context.CancelFunc
	under.ctx, cancel = context.WithCancel(p.ctx)
	defer func() { // a case that has failed leaves its watches
		if cancel(); p.fake {
			time.Sleep(time.Second) // until they have ended
		}
	}()
	run(&sourceProbe{
		probe:   &under,
		changes: min(manyChanges, p.room/2),
		ofCache: true,
		stream: Stream{
			Source: ctxcache.SourceOf(p.cache),
			Change: func(ctx context.Context, key string) error {
				return p.cache.Set(ctx, key, []byte("value"), hour)
			},
		},
	})
}
