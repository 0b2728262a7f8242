package cachetest

import (
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// grant is one way to be granted a lease.
type grant struct {
	name  string
	needs ctxcache.Op
	take  func(p *probe, key string) lease
}

func (g grant) label() string         { return g.name }
func (g grant) required() ctxcache.Op { return g.needs | ctxcache.OpLease }

var grants = []grant{
	{name: "Absent", take: func(p *probe, key string) lease {
		return p.lease(key, 0)
	}},
	{name: "Present", take: func(p *probe, key string) lease {
		p.set(key, "old")
		return p.lease(key, ctxcache.NoExpiry)
	}},
	{name: "Negative", needs: ctxcache.OpNegative, take: func(p *probe, key string) lease {
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

// killer is one way to kill a lease: every way to write but by a lease, and every way to delete.
type killer struct {
	name   string
	needs  ctxcache.Op
	others bool // other keys' leases die with it
	kill   func(p *probe, key string)
	after  finding
}

func (k killer) label() string         { return k.name }
func (k killer) required() ctxcache.Op { return k.needs }

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
				w.deny(p, key, 2*hour)
			}})
		}
	}
	for _, d := range deleters {
		all = append(all, killer{name: d.name, needs: d.needs, others: d.others, after: nothing, kill: d.drop})
	}
	return all
}

// leaseLossCases are about the late write, which leases are there to prevent.
func leaseLossCases() []Case {
	single := slices.DeleteFunc(killers(), func(k killer) bool { return k.others })
	return slices.Concat(
		across(grants, killers(), "Lease/Lost",
			"every write and every deletion of the key kills the lease, whether the key is present or not", 0,
			func(p *probe, g grant, k killer) {
				l := g.take(p, "key")
				k.kill(p, "key")
				p.lost(l)
				p.release(l)
				readers[0].expect(p, "key", k.after)
			}),
		across(grants, single, "Lease/Kept", "what happens to other keys does not kill the lease", 0,
			func(p *probe, g grant, k killer) {
				l := g.take(p, "key")
				p.set("other", "value")
				k.kill(p, "other")
				p.fill(l, "value")
				p.holds("key", "value")
				readers[0].expect(p, "other", k.after)
			}),
		per(killers(), "Lease/NextAfter",
			"whoever asks after the lease was killed is granted the next one", ctxcache.OpLease,
			func(p *probe, k killer) {
				p.lease("key", 0)
				k.kill(p, "key")
				p.fill(p.lease("key", ctxcache.NoExpiry), "value")
				p.holds("key", "value")
			}),
	)
}
