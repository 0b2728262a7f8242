package cachetest

import (
	"context"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// contextCases are about rule 2.
func contextCases() []Case {
	return slices.Concat(
		per(trials, "Context/Canceled",
			"a call whose context is already canceled returns context.Canceled, and does nothing", 0,
			func(p *probe, t trial) {
				ctx, cancel := context.WithCancel(p.ctx)
				cancel()
				t.underDone(ctx, p)
			}),
		per(trials, "Context/Deadline",
			"a call whose deadline has already passed returns context.DeadlineExceeded, and does nothing", 0,
			func(p *probe, t trial) {
				ctx, cancel := context.WithDeadline(p.ctx, time.Now().Add(-time.Second))
				defer cancel()
				t.underDone(ctx, p)
			}),
		[]Case{{
			Name:  "Context/LeavesNoLease",
			Rule:  "a GetLease that fails because of its context leaves no lease behind",
			needs: ctxcache.CapLease,
			run: func(p *probe) {
				ctx, cancel := context.WithCancel(p.ctx)
				cancel()
				if _, l, err := ctxcache.GetLease(ctx, p.cache, free, 0); l.Granted() || err == nil {
					p.stops("GetLease with a done context: granted %v, error %v", l.Granted(), err)
				}
				if _, leases, err := ctxcache.GetLeases(ctx, p.cache, []string{free}, 0); granted(leases) > 0 || err == nil {
					p.stops("GetLeases with a done context: %d leases, error %v", granted(leases), err)
				}
				p.release(free, p.lease(free, 0))
			},
		}},
	)
}

// underDone makes the call with a done context. It ends the case if the call does not return the error of the context,
// or if it had an effect.
func (t trial) underDone(done context.Context, p *probe) {
	p.Helper()
	p.set(held, "old")
	p.is(t.prepare(p)(done), done.Err(), string(t.operation)+" with a done context")
	p.holds(held, "old")
	p.empty(free)
}
