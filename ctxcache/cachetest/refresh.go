package cachetest

import (
	"errors"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// refreshCases are about leases on keys that are present.
func refreshCases() []Case {
	return needing(ctxcache.OpLease, slices.Concat(
		per(readers, "Refresh/Readable", "a value that is being refreshed stays readable", 0, func(p *probe, r reader) {
			p.set("key", "old")
			l := p.lease("key", ctxcache.NoExpiry)
			r.expect(p, "key", valued("old"))
			p.fill(l, "new")
			r.expect(p, "key", valued("new"))
		}),
		per(negativeWriters(), "Refresh/Negative", "a value is refreshed by a negative entry, and back", ctxcache.OpNegative,
			func(p *probe, w writer) {
				p.set("key", "old")
				l := p.lease("key", ctxcache.NoExpiry)
				p.ok(l.Fill(p.ctx, entry{Absent: true, TTL: hour}), "Fill with a negative entry")
				p.everywhere("key", negative)
				w.deny(p, "key", hour)
				p.fill(p.lease("key", ctxcache.NoExpiry), "new")
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
				Rule: "what never expires is due with NoExpiry as refreshBelow, and only then",
				run: func(p *probe) {
					p.ok(p.cache.Set(p.ctx, "key", []byte("old"), ctxcache.NoExpiry), "Set")
					p.none(p.tryLease("key", ctxcache.NoExpiry-1))
					p.refreshes(p.lease("key", ctxcache.NoExpiry))
				},
			},
			{
				Name: "Refresh/Exclusive",
				Rule: "while one refreshes, others get the value, and no lease that outlives the first Fill",
				run:  runRefreshers,
			},
			{Name: "Refresh/Released", Rule: "Release of a refresh leaves the value and its TTL", run: func(p *probe) {
				since := time.Now()
				p.set("key", "old")
				p.release(p.lease("key", ctxcache.NoExpiry))
				p.holds("key", "old")
				if p.ops.Has(ctxcache.OpEntry) {
					p.lives(p.entry("key").TTL, hour, since)
				}
				p.refreshes(p.lease("key", ctxcache.NoExpiry))
			}},
			{Name: "Refresh/NotDue", Rule: "a remaining TTL above refreshBelow grants no lease", run: func(p *probe) {
				p.set("key", "old")
				p.none(p.tryLease("key", hour/2))
			}},
			{
				Name:  "Refresh/Due",
				Rule:  "a remaining TTL below refreshBelow grants the lease",
				needs: ctxcache.OpEntry,
				run: func(p *probe) {
					p.set("key", "old")
					p.refreshes(p.lease("key", 2*hour))
				},
			},
			{
				Name:  "Refresh/JustDue",
				Rule:  "a remaining TTL of refreshBelow grants the lease",
				needs: ctxcache.OpEntry,
				run: func(p *probe) {
					p.set("key", "old")
					refreshBelow := hour
					if !p.fake { // the entry may be rounded up, or its clock lag
						refreshBelow += p.unit
					}
					p.refreshes(p.lease("key", refreshBelow))
				},
			},
			{
				Name: "Refresh/Expired",
				Rule: "a refresh of what expires meanwhile stores, or is lost",
				run: func(p *probe) {
					p.ok(p.cache.Set(p.ctx, "key", []byte("old"), p.short()), "Set")
					l := p.tryLease("key", ctxcache.NoExpiry)
					if l == nil { // it has expired, and was asked for by somebody slow
						return
					}
					p.expiresFor(readers[0], "key")
					err := l.Fill(p.ctx, entry{Value: []byte("new"), TTL: hour})
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

// runRefreshers has two ask for the same refresh. A store that many share need not know of a refresh under way,
// as long as the first Fill wins.
func runRefreshers(p *probe) {
	p.set("key", "old")
	first := p.lease("key", ctxcache.NoExpiry)
	e, second, err := ctxcache.GetLease(p.ctx, p.cache, "key", ctxcache.NoExpiry)
	p.ok(err, "GetLease while another refreshes")
	p.same(e.Value, []byte("old"), "GetLease while another refreshes")
	if !p.ops.Has(ctxcache.OpLeaseShared) {
		p.none(second)
	}
	p.refreshes(first)
	if second != nil {
		p.lost(second)
		p.release(second)
		p.holds("key", "new")
	}
}

// refreshes fills l, a lease on key, and ends the case if that does not replace the value.
func (p *probe) refreshes(l lease) {
	p.Helper()
	if l == nil {
		p.stops("no lease was granted, want one")
	}
	p.fill(l, "new")
	p.holds("key", "new")
}
