package cachetest

import (
	"reflect"
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// leaseTokenCases are about leases that cannot be used, because they were not granted, or are for another key or cache.
func leaseTokenCases() []Case {
	fussy := slices.DeleteFunc(slices.Clone(spenders), func(s spender) bool {
		return s.name == "ReleaseMany" // it ignores leases that were not granted
	})
	return slices.Concat(
		per(fussy, "Lease/NotGranted", "a lease that was not granted is ErrLeaseLost, bare", 0, func(p *probe, s spender) {
			for _, l := range []lease{{}, ctxcache.NoLease(ctxcache.Loading), ctxcache.NoLease(ctxcache.Unavailable)} {
				p.useless(s, l)
			}
		}),
		per(spenders, "Lease/Foreign", "a lease with a token that the cache does not know is ErrLeaseLost, bare", 0,
			func(p *probe, s spender) {
				p.useless(s, ctxcache.NewLease(foreign{"key", 1}))
				p.useless(s, ctxcache.NewLease("key"))
			}),
		per(spenders, "Lease/OtherKey", "a lease on another key is ErrLeaseLost, bare, and still stands on its own key", 0,
			func(p *probe, s spender) {
				load := p.lease("absent", 0)
				p.useless(s, load)
				p.fill("absent", load, "filled")
				p.set("present", "old")
				refresh := p.lease("present", ctxcache.NoExpiry)
				p.useless(s, refresh)
				p.holds("present", "old")
				p.fill("present", refresh, "filled")
			}),
		twins(per(spenders, "Lease/OtherCache",
			"a lease of another cache of the same kind is ErrLeaseLost, bare", 0,
			func(p *probe, s spender) {
				_, l, err := ctxcache.GetLease(p.ctx, p.newCache(), "key", 0)
				p.is(err, ctxcache.ErrMiss, "GetLease of another cache")
				p.useless(s, l)
			})),
		needing(ctxcache.CapLease, []Case{
			{Name: "Lease/Comparable", Rule: "leases are comparable, and two leases are never equal", run: func(p *probe) {
				seen := make(map[lease]bool)
				for _, key := range []string{"a", "b", "a"} {
					l := p.lease(key, 0)
					if !reflect.ValueOf(l.Token()).Comparable() {
						p.stops("the token of a lease is not comparable")
					}
					if seen[l] {
						p.stops("the same lease was granted twice")
					}
					seen[l] = true
					p.release(key, l)
				}
			}},
		}),
	)
}

// foreign is a token that no cache knows.
type foreign struct {
	key string
	id  int
}

// twins marks the cases as needing a second cache.
func twins(cases []Case) []Case {
	for i := range cases {
		cases[i].twins = true
	}
	return cases
}

// useless ends the case if l, which is not a lease on this key, can be used for it. It tries this while the key is
// absent, while it has a value, while another caller refreshes it, and while another caller loads it.
func (p *probe) useless(s spender, l lease) {
	p.Helper()
	lost := func(when string) {
		p.Helper()
		p.bare(s.spend(p, "key", l), ctxcache.ErrLeaseLost, s.name+" "+when)
	}
	lost("where the key is absent")
	p.empty("key")
	p.set("key", "value")
	lost("where the key has a value")
	p.holds("key", "value")
	refresh := p.lease("key", ctxcache.NoExpiry)
	lost("where another refreshes")
	p.fill("key", refresh, "new")
	p.holds("key", "new")
	p.ok(p.cache.Delete(p.ctx, "key"), "Delete")
	load := p.lease("key", 0)
	lost("where another loads")
	p.release("key", load)
	p.empty("key")
}
