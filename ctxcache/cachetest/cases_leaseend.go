package cachetest

import (
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// leaseEndCases are about Fill and Release when nobody interferes.
func leaseEndCases() []Case {
	return slices.Concat(
		per(grants, "Lease/Release", "Release of a lease that stands is nil, frees the key, and leaves its entry unchanged", 0,
			func(p *probe, g grant) {
				l := g.take(p, "key")
				before := readers[0].read(p, "key")
				p.release("key", l)
				readers[0].expect(p, "key", before)
				p.lost("key", l)
				p.fill("key", p.lease("key", ctxcache.NoExpiry), "value")
				p.holds("key", "value")
			}),
		per(grants, "Lease/Fill", "Fill by a lease that stands stores the value, and ends the lease", 0, func(p *probe, g grant) {
			l := g.take(p, "key")
			p.fill("key", l, "value")
			p.holds("key", "value")
			p.lost("key", l)
			p.holds("key", "value")
		}),
		per(spenders, "Lease/LostByFill", "a lease that was used for Fill is ErrLeaseLost, bare, and the value stays", 0,
			func(p *probe, s spender) {
				l := p.lease("key", 0)
				p.fill("key", l, "first")
				p.bare(s.spend(p, "key", l), ctxcache.ErrLeaseLost, s.name+" after Fill")
				p.holds("key", "first")
			}),
		per(spenders, "Lease/LostByRelease",
			"a lease that was released is ErrLeaseLost, bare, and the next holder's lease stands", 0,
			func(p *probe, s spender) {
				first := p.lease("key", 0)
				p.release("key", first)
				p.bare(s.spend(p, "key", first), ctxcache.ErrLeaseLost, s.name+" after Release")
				p.empty("key")
				second := p.lease("key", 0)
				p.bare(s.spend(p, "key", first), ctxcache.ErrLeaseLost, s.name+" while the next holder loads")
				p.taken("key")
				p.fill("key", second, "value")
				p.holds("key", "value")
			}),
		per(spenders, "Lease/OldHolder",
			"a holder that lost its lease can neither use it nor end the next holder's lease", 0,
			func(p *probe, s spender) {
				first := p.lease("key", 0)
				p.ok(p.cache.Delete(p.ctx, "key"), "Delete")
				second := p.lease("key", 0)
				p.bare(s.spend(p, "key", first), ctxcache.ErrLeaseLost, s.name+" by the lost lease")
				p.taken("key")
				p.fill("key", second, "value")
				p.holds("key", "value")
			}),
		needing(ctxcache.CapLease, []Case{
			{Name: "Lease/FillLetsIn", Rule: "after a Fill a refresh of the key is granted at once", run: func(p *probe) {
				p.fill("key", p.lease("key", 0), "first")
				p.fill("key", p.lease("key", ctxcache.NoExpiry), "second")
				p.holds("key", "second")
			}},
			{Name: "Lease/ReleaseLetsIn", Rule: "after Release the next caller is granted the lease", run: func(p *probe) {
				p.release("key", p.lease("key", 0))
				p.fill("key", p.lease("key", 0), "value")
				p.holds("key", "value")
			}},
			{Name: "Lease/FailedFill", Rule: "a Fill that fails for another reason does not end the lease", run: func(p *probe) {
				l := p.lease("key", 0)
				err := ctxcache.Fill(p.ctx, p.cache, "key", l, ctxcache.NewEntry([]byte("value"), -1))
				p.is(err, ctxcache.ErrTTL, "Fill with a negative TTL")
				p.taken("key")
				p.fill("key", l, "value")
				p.holds("key", "value")
			}},
		}),
	)
}
