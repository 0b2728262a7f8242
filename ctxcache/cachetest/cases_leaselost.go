package cachetest

import (
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// grant is one way to get a lease.
type grant struct {
	name  string
	needs ctxcache.Cap
	take  func(p *probe, key string) lease
}

func (g grant) label() string          { return g.name }
func (g grant) required() ctxcache.Cap { return g.needs | ctxcache.CapLease }

var grants = []grant{
	{name: "Absent", take: func(p *probe, key string) lease {
		return p.lease(key, 0)
	}},
	{name: "Present", take: func(p *probe, key string) lease {
		p.set(key, "old")
		return p.lease(key, ctxcache.NoExpiry)
	}},
	{name: "Negative", needs: ctxcache.CapNegative, take: func(p *probe, key string) lease {
		p.setNegative(key)
		return p.lease(key, ctxcache.NoExpiry)
	}},
	{name: "ManyAbsent", take: func(p *probe, key string) lease {
		return p.leaseOfMany(key, 0)
	}},
	{name: "ManyPresent", take: func(p *probe, key string) lease {
		p.set(key, "old")
		return p.leaseOfMany(key, ctxcache.NoExpiry)
	}},
}

// killer is one way to end the lease of another holder: a write without a lease, or a deletion.
type killer struct {
	name   string
	needs  ctxcache.Cap
	others bool // it ends the leases on other keys, too
	kill   func(p *probe, key string)
	after  finding
}

func (k killer) label() string          { return k.name }
func (k killer) required() ctxcache.Cap { return k.needs }

func killers() []killer {
	var all []killer
	for _, w := range writers {
		if !w.fills {
			all = append(all, killer{name: w.name, needs: w.needs, after: valued("newer"), kill: func(p *probe, key string) {
				w.store(p, key, "newer", hour)
			}})
		}
	}
	for _, w := range negativeWriters() {
		if !w.fills {
			all = append(all, killer{name: "Negative" + w.name, needs: w.needs, after: negative, kill: func(p *probe, key string) {
				w.storeNegative(p, key, 2*hour)
			}})
		}
	}
	for _, d := range deleters {
		all = append(all, killer{name: d.name, needs: d.needs, others: d.others, after: nothing, kill: d.remove})
	}
	return all
}

// leaseLossCases are about late writes, which leases prevent.
func leaseLossCases() []Case {
	single := slices.DeleteFunc(killers(), func(k killer) bool { return k.others })
	return slices.Concat(
		across(grants, killers(), "Lease/Lost",
			"every write and every deletion of a key ends its lease, whether the key is present or not; a later use of the lease is ErrLeaseLost, bare", 0,
			func(p *probe, g grant, k killer) {
				l := g.take(p, "key")
				k.kill(p, "key")
				p.lost("key", l)
				readers[0].expect(p, "key", k.after)
			}),
		across(grants, single, "Lease/Kept", "a write or a deletion of another key does not end the lease", 0,
			func(p *probe, g grant, k killer) {
				l := g.take(p, "key")
				p.set("other", "value")
				k.kill(p, "other")
				p.fill("key", l, "value")
				p.holds("key", "value")
				readers[0].expect(p, "other", k.after)
			}),
		per(spenders, "Lease/LostFirst", "the first use of a lost lease is ErrLeaseLost, bare, and has no effect", 0,
			func(p *probe, s spender) {
				for _, k := range killers() {
					if !fits(p.caps, k.needs) {
						continue
					}
					l := p.lease(k.name, 0)
					k.kill(p, k.name)
					p.bare(s.spend(p, k.name, l), ctxcache.ErrLeaseLost, s.name+" by a lease that was lost to "+k.name)
					readers[0].expect(p, k.name, k.after)
				}
			}),
		per(killers(), "Lease/NextAfter",
			"after a lease was lost, the next caller is granted a lease", ctxcache.CapLease,
			func(p *probe, k killer) {
				p.lease("key", 0)
				k.kill(p, "key")
				p.fill("key", p.lease("key", ctxcache.NoExpiry), "value")
				p.holds("key", "value")
			}),
	)
}
