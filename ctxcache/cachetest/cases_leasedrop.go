package cachetest

import (
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// leaseDropCases are about Drop, which deletes a value that a failed Fill should have replaced.
func leaseDropCases() []Case {
	return slices.Concat(
		per(grants, "Drop/Removes", "Drop removes the entry on which the lease was granted, and ends the lease", 0,
			func(p *probe, g grant) {
				p.set("other", "value")
				l := g.take(p, "key")
				p.drop("key", l)
				p.everywhere("key", nothing)
				p.holds("other", "value")
				p.lost("key", l)
				p.empty("key")
			}),
		per(grants, "Drop/LetsIn", "after Drop the next caller is granted the lease", 0, func(p *probe, g grant) {
			l := g.take(p, "key")
			p.drop("key", l)
			p.fill("key", p.lease("key", 0), "value")
			p.holds("key", "value")
		}),
		per(spenders, "Drop/Ends", "a lease that was used for Drop is ErrLeaseLost, bare, and newer values stay", 0,
			func(p *probe, s spender) {
				p.set("key", "old")
				l := p.lease("key", ctxcache.NoExpiry)
				p.drop("key", l)
				p.bare(s.spend(p, "key", l), ctxcache.ErrLeaseLost, s.name+" after Drop")
				p.empty("key")
				p.set("key", "newer")
				p.bare(s.spend(p, "key", l), ctxcache.ErrLeaseLost, s.name+" after Drop and Set")
				p.holds("key", "newer")
			}),
		needing(ctxcache.CapLease, []Case{
			{
				Name: "Drop/Filled",
				Rule: "Drop by a lost lease does not remove the value that another holder has filled",
				run: func(p *probe) {
					p.set("key", "old")
					first := p.lease("key", ctxcache.NoExpiry)
					p.ok(p.cache.Delete(p.ctx, "key"), "Delete")
					p.fill("key", p.lease("key", 0), "newer")
					p.bare(ctxcache.Drop(p.ctx, p.cache, "key", first), ctxcache.ErrLeaseLost, "Drop by the lost lease")
					p.holds("key", "newer")
				},
			},
			{
				Name: "Drop/FailedFill",
				Rule: "a Fill that fails does not end its lease, and Drop by this lease removes the old value",
				run: func(p *probe) {
					p.set("key", "old")
					l := p.lease("key", ctxcache.NoExpiry)
					err := ctxcache.Fill(p.ctx, p.cache, "key", l, ctxcache.NewEntry([]byte("new"), -1))
					p.is(err, ctxcache.ErrTTL, "Fill with a negative TTL")
					p.drop("key", l)
					p.everywhere("key", nothing)
				},
			},
			{
				Name: "Drop/Refreshers",
				Rule: "Drop ends every other refresh of the value that it removes",
				run: func(p *probe) {
					p.set("key", "old")
					first := p.lease("key", ctxcache.NoExpiry)
					second := p.tryLease("key", ctxcache.NoExpiry)
					p.drop("key", first)
					if second.Granted() {
						p.lost("key", second)
					}
					p.empty("key")
				},
			},
		}),
	)
}
