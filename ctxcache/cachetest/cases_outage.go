package cachetest

import (
	"errors"
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// outageCases are about rules 1 and 3 while the store is away.
func outageCases() []Case {
	asking := slices.DeleteFunc(slices.Clone(trials), func(t trial) bool {
		switch t.operation {
		case ctxcache.OpWatch, ctxcache.OpStats: // they may go on without the store
			return true
		case ctxcache.OpRelease, ctxcache.OpReleaseMany, ctxcache.OpDrop: // their lease ends by itself
			return true
		}
		return false
	})
	cases := slices.Concat(
		per(asking, "Outage/Fails", "an operation fails in an outage, as rule 3 has it, and never returns a miss or an answer", 0, func(p *probe, t trial) {
			p.set(held, secretValue)
			call := t.prepare(p)
			end := p.breakDown()
			err := call(p.ctx)
			end()
			switch {
			case err == nil:
				p.stops("%s: no error while the store is away", t.operation)
			case errors.Is(err, ctxcache.ErrMiss), errors.Is(err, ctxcache.ErrNotFound), errors.Is(err, errors.ErrUnsupported):
				p.stops("%s: %v while the store is away, want the failure", t.operation, err)
			}
			p.failed(err, string(t.operation))
		}),
		per(askers, "Outage/NoMiss", "a read of an absent key fails in an outage, as rule 3 has it", 0, func(p *probe, a asker) {
			end := p.breakDown()
			defer end()
			err := a.ask(p, free)
			if err == nil || errors.Is(err, ctxcache.ErrMiss) || errors.Is(err, ctxcache.ErrNotFound) {
				p.stops("%s: %v while the store is away, want the failure", a.name, err)
			}
			p.failed(err, a.name)
		}),
		[]Case{{
			Name: "Outage/Ends",
			Rule: "a cache works again after an outage",
			run: func(p *probe) {
				end := p.breakDown()
				if err := p.cache.Set(p.ctx, held, []byte("value"), hour); err == nil {
					p.stops("Set: no error while the store is away")
				}
				end()
				p.await(p.patience, func() bool {
					return p.cache.Set(p.ctx, held, []byte("value"), hour) == nil
				}, "Set still fails %v after the outage")
				p.holds(held, "value")
			},
		}},
	)
	for i := range cases {
		cases[i].breaks = true
	}
	return cases
}
