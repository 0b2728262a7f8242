package cachetest

import (
	"context"
	"maps"

	"github.com/ctxcache/cached/ctxcache"
)

// leaseLifeCases are about how long a lease stands if nobody ends it.
func leaseLifeCases() []Case {
	cases := needing(ctxcache.CapLease, []Case{
		{
			Name: "Lease/Life/Load",
			Rule: "a lease stands as long as its load runs, even if the call that asked for the lease has ended",
			run:  runLongLoad,
		},
		{
			Name: "Lease/Life/Own",
			Rule: "a lease without a load stands as long as the context of the call that asked for the lease",
			run: func(p *probe) {
				ctx, cancel := context.WithCancel(p.ctx)
				defer cancel()
				l := p.leaseUnder(ctx, "key")
				p.pass(3 * p.leaseTTL)
				p.taken("key")
				p.fill("key", l, "value")
				p.holds("key", "value")
			},
		},
		{
			Name: "Lease/Life/LoadGone",
			Rule: "a lease ends by itself when its load has ended",
			run: func(p *probe) {
				load, end := context.WithCancel(p.ctx)
				defer end()
				l := p.leaseUnder(ctxcache.ForLoad(p.ctx, load), "key")
				p.pass(2 * p.leaseTTL)
				p.taken("key")
				end()
				p.leaseEnds("key", l)
			},
		},
		{
			Name: "Lease/Life/NoEnd",
			Rule: "a lease for a load whose context can never end ends by itself",
			run: func(p *probe) {
				l := p.leaseUnder(context.WithoutCancel(p.ctx), "key")
				p.taken("key")
				p.leaseEnds("key", l)
			},
		},
	})
	for i := range cases {
		cases[i].timed = true
	}
	return cases
}

// leaseUnder takes the lease on key, which must be absent, with this context.
func (p *probe) leaseUnder(ctx context.Context, key string) lease {
	p.Helper()
	_, l, err := ctxcache.GetLease(ctx, p.cache, key, 0)
	p.is(err, ctxcache.ErrMiss, "GetLease")
	if !l.Granted() {
		p.stops("GetLease: no lease (%v), want one: nobody else has it", l.Refusal())
	}
	return l
}

// leaseEnds waits until l, a lease on key, ends by itself. It ends the case if l can still be used then.
func (p *probe) leaseEnds(key string, l lease) {
	p.Helper()
	limit := 2 * p.leaseTTL
	if !p.fake {
		limit += p.patience
	}
	var next lease
	p.await(limit, func() bool {
		next = p.tryLease(key, 0)
		return next.Granted()
	}, "after %v the lease of a load that has ended still keeps others from loading")
	p.lost(key, l)
	p.fill(key, next, "value")
	p.holds(key, "value")
}

// runLongLoad takes leases in every way, by calls whose context ends right after them. It fills the leases much later.
func runLongLoad(p *probe) {
	load, end := context.WithCancel(p.ctx)
	defer end()
	call, cancel := context.WithCancel(p.ctx)
	asking := ctxcache.ForLoad(call, load)

	leases := map[string]lease{"absent": p.leaseUnder(asking, "absent")}
	p.set("present", "old")
	_, l, err := ctxcache.GetLease(asking, p.cache, "present", ctxcache.NoExpiry)
	p.ok(err, "GetLease of a key that is present")
	leases["present"] = l
	_, many, err := ctxcache.GetLeases(asking, p.cache, []string{"one of many", "another of many"}, 0)
	p.ok(err, "GetLeases")
	maps.Copy(leases, many)
	cancel()

	p.pass(3 * p.leaseTTL)
	for key, l := range leases {
		if key != "present" { // several callers may refresh the present key
			p.taken(key)
		}
		p.fill(key, l, "loaded")
		p.holds(key, "loaded")
	}
}
