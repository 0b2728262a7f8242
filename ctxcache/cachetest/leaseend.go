package cachetest

import "github.com/ctxcache/cached/ctxcache"

// leaseEndCases are about Fill and Release, without anyone interfering.
func leaseEndCases() []Case {
	fill := entry{Value: []byte("second"), TTL: hour}
	return needing(ctxcache.OpLease, []Case{
		{Name: "Lease/FillEnds", Rule: "Fill ends the lease: a second one is ErrLeaseLost", run: func(p *probe) {
			l := p.lease("key", 0)
			p.fill(l, "first")
			p.is(l.Fill(p.ctx, fill), ctxcache.ErrLeaseLost, "a second Fill")
			p.holds("key", "first")
		}},
		{Name: "Lease/FillLetsIn", Rule: "after a Fill a refresh of the key is granted at once", run: func(p *probe) {
			p.fill(p.lease("key", 0), "first")
			p.fill(p.lease("key", ctxcache.NoExpiry), "second")
			p.holds("key", "second")
		}},
		{Name: "Lease/ReleaseEnds", Rule: "Release ends the lease: Fill is ErrLeaseLost", run: func(p *probe) {
			l := p.lease("key", 0)
			p.release(l)
			p.lost(l)
			p.empty("key")
		}},
		{Name: "Lease/ReleaseLetsIn", Rule: "after Release the next one is granted the lease", run: func(p *probe) {
			p.release(p.lease("key", 0))
			p.fill(p.lease("key", 0), "value")
			p.holds("key", "value")
		}},
		{Name: "Lease/ReleaseFilled", Rule: "Release after Fill does nothing", run: func(p *probe) {
			l := p.lease("key", 0)
			p.fill(l, "value")
			p.release(l)
			p.release(l)
			p.holds("key", "value")
		}},
		{Name: "Lease/ReleaseLost", Rule: "Release of a lost lease does nothing", run: func(p *probe) {
			l := p.lease("key", 0)
			p.set("key", "newer")
			p.release(l)
			p.holds("key", "newer")
		}},
		{
			Name: "Lease/ReleaseTwice",
			Rule: "a second Release does nothing, not to the next holder's lease either",
			run: func(p *probe) {
				first := p.lease("key", 0)
				p.release(first)
				second := p.lease("key", 0)
				p.release(first)
				p.none(p.tryLease("key", 0))
				p.fill(second, "value")
			},
		},
		{
			Name: "Lease/OldHolder",
			Rule: "who lost a lease can neither fill nor end the next holder's",
			run: func(p *probe) {
				first := p.lease("key", 0)
				p.ok(p.cache.Delete(p.ctx, "key"), "Delete")
				second := p.lease("key", 0)
				p.lost(first)
				p.release(first)
				p.none(p.tryLease("key", 0))
				p.fill(second, "value")
				p.holds("key", "value")
			},
		},
		{Name: "Lease/FailedFill", Rule: "a Fill that fails otherwise leaves the lease as it is", run: func(p *probe) {
			l := p.lease("key", 0)
			p.is(l.Fill(p.ctx, entry{Value: []byte("value"), TTL: -1}), ctxcache.ErrTTL, "Fill with a negative TTL")
			p.none(p.tryLease("key", 0))
			p.fill(l, "value")
			p.holds("key", "value")
		}},
		{Name: "Lease/LostBare", Rule: "ErrLeaseLost is returned bare", run: func(p *probe) {
			l := p.lease("key", 0)
			p.set("key", "newer")
			p.bare(l.Fill(p.ctx, fill), ctxcache.ErrLeaseLost, "Fill after a Set")
			l = p.lease("key", ctxcache.NoExpiry)
			p.ok(p.cache.Delete(p.ctx, "key"), "Delete")
			p.bare(l.Fill(p.ctx, fill), ctxcache.ErrLeaseLost, "Fill after a Delete")
			l = p.lease("key", 0)
			p.release(l)
			p.bare(l.Fill(p.ctx, fill), ctxcache.ErrLeaseLost, "Fill after Release")
		}},
	})
}
