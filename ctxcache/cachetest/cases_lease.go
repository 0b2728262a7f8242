package cachetest

import (
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// leaseCases are about which caller is granted a lease, and about what the other callers see.
func leaseCases() []Case {
	cases := slices.Concat(
		per(readers, "Lease/Invisible", "a lease is not a value: no way of reading shows it", 0, func(p *probe, r reader) {
			l := p.lease("key", 0)
			r.expect(p, "key", nothing)
			p.fill("key", l, "value") // reading did not end it
			r.expect(p, "key", valued("value"))
		}),
		[]Case{
			{
				Name: "Lease/Exclusive",
				Rule: "while one caller has the lease, the others get ErrMiss and a lease that is refused because another loads",
				run: func(p *probe) {
					l := p.lease("key", 0)
					for range 3 {
						_, other, err := ctxcache.GetLease(p.ctx, p.cache, "key", 0)
						p.is(err, ctxcache.ErrMiss, "GetLease while another has it")
						p.refused(other, ctxcache.Loading)
					}
					p.fill("key", l, "value")
				},
			},
			{
				Name: "Lease/PerKey",
				Rule: "leases on different keys do not affect one another",
				run: func(p *probe) {
					a, b := p.lease("a", 0), p.lease("b", 0)
					p.fill("a", a, "1")
					p.fill("b", b, "2")
					p.holds("a", "1")
					p.holds("b", "2")
				},
			},
			{Name: "Lease/Present", Rule: "GetLease returns a value that is present, and no lease is due", run: func(p *probe) {
				p.set("key", "value")
				e, l, err := ctxcache.GetLease(p.ctx, p.cache, "key", 0)
				p.ok(err, "GetLease")
				p.same(e.Value, []byte("value"), "GetLease")
				p.refused(l, ctxcache.NotDue)
			}},
			{
				Name:  "Lease/Negative",
				Rule:  "GetLease of a negative entry is ErrNotFound, and no lease is due",
				needs: ctxcache.CapNegative,
				run: func(p *probe) {
					p.setNegative("key")
					e, l, err := ctxcache.GetLease(p.ctx, p.cache, "key", 0)
					p.is(err, ctxcache.ErrNotFound, "GetLease")
					if !e.Absent {
						p.stops("GetLease: the entry is not marked as Absent")
					}
					p.refused(l, ctxcache.NotDue)
				},
			},
			{Name: "Lease/Expired", Rule: "an expired key is absent, so its lease is granted", run: func(p *probe) {
				p.ok(p.cache.Set(p.ctx, "key", []byte("value"), p.short()), "Set")
				p.expiresFor(readers[0], "key")
				p.fill("key", p.lease("key", 0), "new")
				p.holds("key", "new")
			}},
			{Name: "Lease/Deleted", Rule: "a deleted key is absent, so its lease is granted", run: func(p *probe) {
				p.set("key", "value")
				p.ok(p.cache.Delete(p.ctx, "key"), "Delete")
				p.fill("key", p.lease("key", 0), "new")
				p.holds("key", "new")
			}},
		},
	)
	return needing(ctxcache.CapLease, cases)
}
