package cachetest

import (
	"errors"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// refreshCases are about leases on keys that are present.
func refreshCases() []Case {
	return needing(ctxcache.CapLease, slices.Concat(
		per(readers, "Refresh/Readable", "a value that is being refreshed stays readable", 0, func(p *probe, r reader) {
			p.set("key", "old")
			l := p.lease("key", ctxcache.NoExpiry)
			r.expect(p, "key", valued("old"))
			p.fill("key", l, "new")
			r.expect(p, "key", valued("new"))
		}),
		per(negativeWriters(), "Refresh/Negative", "a refresh can replace a value by a negative entry, and a negative entry by a value", ctxcache.CapNegative,
			func(p *probe, w writer) {
				p.set("key", "old")
				l := p.lease("key", ctxcache.NoExpiry)
				p.ok(ctxcache.Fill(p.ctx, p.cache, "key", l, aNegative(hour)), "Fill with a negative entry")
				p.everywhere("key", negative)
				w.storeNegative(p, "key", hour)
				p.fill("key", p.lease("key", ctxcache.NoExpiry), "new")
				p.everywhere("key", valued("new"))
			}),
		[]Case{
			{
				Name: "Refresh/Value",
				Rule: "with NoExpiry as refreshBelow a value comes with a lease",
				run: func(p *probe) {
					p.set("key", "old")
					e, l, err := ctxcache.GetLease(p.ctx, p.cache, "key", ctxcache.NoExpiry)
					p.ok(err, "GetLease")
					p.same(e.Value, []byte("old"), "GetLease")
					p.refreshes(l)
				},
			},
			{
				Name: "Refresh/NoExpiry",
				Rule: "a value that never expires is due if refreshBelow is NoExpiry, and only then",
				run: func(p *probe) {
					p.ok(p.cache.Set(p.ctx, "key", []byte("old"), ctxcache.NoExpiry), "Set")
					p.refused(p.tryLease("key", ctxcache.NoExpiry-1), ctxcache.NotDue)
					p.refreshes(p.lease("key", ctxcache.NoExpiry))
				},
			},
			{
				Name: "Refresh/Exclusive",
				Rule: "while one caller refreshes, the others get the value, with a lease that is refused or that the first Fill ends",
				run:  runRefreshers,
			},
			{Name: "Refresh/Released", Rule: "Release of a refresh leaves the value and its TTL", run: func(p *probe) {
				since := p.now()
				p.set("key", "old")
				p.release("key", p.lease("key", ctxcache.NoExpiry))
				p.holds("key", "old")
				if p.caps.Has(ctxcache.CapEntry) {
					p.lives(p.entry("key").TTL, hour, since)
				}
				p.refreshes(p.lease("key", ctxcache.NoExpiry))
			}},
			{Name: "Refresh/NotDue", Rule: "GetLease grants no lease if the remaining TTL is above refreshBelow", run: func(p *probe) {
				p.set("key", "old")
				p.refused(p.tryLease("key", hour/2), ctxcache.NotDue)
			}},
			{
				Name:  "Refresh/Due",
				Rule:  "GetLease grants the lease if the remaining TTL is below refreshBelow",
				needs: ctxcache.CapEntry,
				run: func(p *probe) {
					p.set("key", "old")
					p.refreshes(p.lease("key", 2*hour))
				},
			},
			{
				Name:  "Refresh/JustDue",
				Rule:  "GetLease grants the lease if the remaining TTL is equal to refreshBelow",
				needs: ctxcache.CapEntry,
				run: func(p *probe) {
					p.set("key", "old")
					refreshBelow := hour
					if !p.fake { // the cache may round the TTL up, or its clock may lag
						refreshBelow += p.unit
					}
					p.refreshes(p.lease("key", refreshBelow))
				},
			},
			{Name: "Refresh/BelowZero", Rule: "a negative refreshBelow is ErrTTL, and grants nothing", run: runBelowZero},
			{
				Name: "Refresh/Expired",
				Rule: "a refresh of a value that expires meanwhile stores the new value, or its lease is lost",
				run: func(p *probe) {
					p.ok(p.cache.Set(p.ctx, "key", []byte("old"), p.short()), "Set")
					l := p.tryLease("key", ctxcache.NoExpiry)
					if !l.Granted() { // this goroutine was slow, and the value has expired
						return
					}
					p.expiresFor(readers[0], "key")
					err := p.tryFill("key", l, "new")
					if errors.Is(err, ctxcache.ErrLeaseLost) {
						p.empty("key")
						return
					}
					p.ok(err, "Fill")
					p.holds("key", "new")
				},
			},
		},
	))
}

// runRefreshers lets two callers ask for the same refresh. A shared store may grant both a lease, as long as the first
// Fill wins.
func runRefreshers(p *probe) {
	p.set("key", "old")
	first := p.lease("key", ctxcache.NoExpiry)
	e, second, err := ctxcache.GetLease(p.ctx, p.cache, "key", ctxcache.NoExpiry)
	p.ok(err, "GetLease while another refreshes")
	p.same(e.Value, []byte("old"), "GetLease while another refreshes")
	if !p.caps.Has(ctxcache.CapLeaseShared) {
		p.refused(second, ctxcache.Loading)
	}
	p.refreshes(first)
	if second.Granted() {
		p.lost("key", second)
	}
	p.holds("key", "new")
}

// runBelowZero asks for leases with a negative refreshBelow, on a key that is present and on one that is absent.
func runBelowZero(p *probe) {
	p.set("present", "value")
	for _, refreshBelow := range []time.Duration{-1, -hour, ctxcache.Unknown} {
		for _, key := range []string{"present", "absent"} {
			_, l, err := ctxcache.GetLease(p.ctx, p.cache, key, refreshBelow)
			p.is(err, ctxcache.ErrTTL, "GetLease with a negative refreshBelow")
			_, leases, err := ctxcache.GetLeases(p.ctx, p.cache, []string{key}, refreshBelow)
			p.is(ctxcache.KeyError(err, key), ctxcache.ErrTTL, "GetLeases with a negative refreshBelow")
			if l.Granted() || granted(leases) > 0 {
				p.stops("a negative refreshBelow granted a lease, want none")
			}
		}
	}
	p.fill("absent", p.lease("absent", 0), "new")
	p.holds("present", "value")
	p.holds("absent", "new")
}

// refreshes fills l, a lease on key, and ends the case if that does not replace the value.
func (p *probe) refreshes(l lease) {
	p.Helper()
	if !l.Granted() {
		p.stops("no lease was granted (%v), want one", l.Refusal())
	}
	p.fill("key", l, "new")
	p.holds("key", "new")
}
