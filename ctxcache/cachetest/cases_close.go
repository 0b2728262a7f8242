package cachetest

import (
	"errors"
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// closeCases are about rule 10.
func closeCases() []Case {
	cases := slices.Concat(
		per(trials, "Close/Closed", "after Close every call returns ErrClosed, except calls that give a lease up: they return nil", 0, func(p *probe, t trial) {
			p.set(held, "value")
			call := t.prepare(p)
			p.close()
			want := ctxcache.ErrClosed
			switch t.operation {
			case ctxcache.OpRelease, ctxcache.OpReleaseMany, ctxcache.OpDrop: // there is nothing left to give up
				want = nil
			}
			p.is(call(p.ctx), want, string(t.operation)+" after Close")
		}),
		[]Case{{
			Name: "Close/Idempotent",
			Rule: "Close may be called again",
			run: func(p *probe) {
				p.set("key", "value")
				p.close()
				p.close()
			},
		}, {
			Name: "Close/Concurrent",
			Rule: "Close may be called while other calls are under way",
			run: func(p *probe) {
				p.ok(crowded(func(i int) error {
					if i == 0 {
						return p.cache.(closer).Close()
					}
					for range 10 {
						err := p.cache.Set(p.ctx, "key", []byte("value"), hour)
						if err != nil && !errors.Is(err, ctxcache.ErrClosed) {
							return err
						}
					}
					return nil
				}), "Close and Set")
			},
		}},
	)
	for i := range cases {
		cases[i].closes = true
	}
	return cases
}

func (p *probe) close() {
	p.Helper()
	p.ok(p.cache.(closer).Close(), "Close")
}
