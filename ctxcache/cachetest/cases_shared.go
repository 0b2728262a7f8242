package cachetest

import (
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// sharedCases are about leases that every process honours which shares the store. Two caches stand for two processes. A
// case reads a value by the other cache only at its end, because that cache may keep a near copy of what it has read.
func sharedCases() []Case {
	cases := needing(ctxcache.CapLease|ctxcache.CapLeaseShared, slices.Concat(
		per(writers, "Shared/Found", "a value is found by every cache that shares the store, whichever way wrote it", 0,
			func(p *probe, w writer) {
				w.store(p, "key", "value", hour)
				p.another().everywhere("key", valued("value"))
			}),
		per(killers(), "Shared/Lost", "every write and every deletion by another cache that shares the store ends a lease", 0, runSharedLost),
		per(spenders, "Shared/Freed", "once a lease has ended, other caches that share the store are granted one", 0,
			func(p *probe, s spender) {
				p.ok(s.spend(p, "key", p.lease("key", 0)), s.name)
				other := p.another()
				other.fill("key", other.lease("key", ctxcache.NoExpiry), "value")
				other.holds("key", "value")
			}),
		[]Case{
			{
				Name: "Shared/Exclusive",
				Rule: "while a cache has the lease on an absent key, others that share the store get a lease that is refused because another loads",
				run: func(p *probe) {
					p.keepsOut("one", p.lease("one", 0))
					p.keepsOut("one of many", p.leaseOfMany("one of many", 0))
				},
			},
			{
				Name: "Shared/Refresh",
				Rule: "the first Fill of a present key ends the leases that other caches that share the store have on it",
				run: func(p *probe) {
					p.set("key", "old")
					first := p.lease("key", ctxcache.NoExpiry)
					other := p.another()
					second := other.tryLease("key", ctxcache.NoExpiry)
					p.fill("key", first, "new")
					if second.Granted() {
						other.lost("key", second)
					}
				},
			},
		},
	))
	for i := range cases {
		cases[i].shares = true
	}
	return cases
}

// another returns p for the other cache.
func (p *probe) another() *probe {
	of := *p
	of.cache, of.other = p.other, p.cache
	return &of
}

// keepsOut ends the case if the other cache is granted a lease on key, on which l stands, or ends l.
func (p *probe) keepsOut(key string, l lease) {
	p.Helper()
	other := p.another()
	_, second, err := ctxcache.GetLease(p.ctx, p.other, key, 0)
	p.is(err, ctxcache.ErrMiss, "GetLease while another cache has the lease")
	p.refused(second, ctxcache.Loading)
	_, leases, err := ctxcache.GetLeases(p.ctx, p.other, []string{key}, 0)
	p.ok(err, "GetLeases")
	p.refused(leases[key], ctxcache.Loading)
	p.fill(key, l, "value")
	other.holds(key, "value")
}

// runSharedLost ends leases of every kind by the other cache.
func runSharedLost(p *probe, k killer) {
	other := p.another()
	for _, g := range grants {
		if !fits(p.caps, g.needs) {
			continue
		}
		l := g.take(p, g.name)
		k.kill(other, g.name)
		p.lost(g.name, l)
		readers[0].expect(other, g.name, k.after)
	}
}
