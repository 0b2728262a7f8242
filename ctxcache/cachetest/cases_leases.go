package cachetest

import "github.com/ctxcache/cached/ctxcache"

// leasesCases are about GetLeases.
func leasesCases() []Case {
	return needing(ctxcache.CapLease, []Case{
		{
			Name: "Leases/Mixed",
			Rule: "GetLeases returns the values that are present, and a lease for every key that is due: granted, or refused with a reason",
			run: func(p *probe) {
				p.set("present", "value")
				holder := p.lease("taken", 0)
				found, leases, err := ctxcache.GetLeases(p.ctx, p.cache, []string{"present", "absent", "taken"}, 0)
				p.ok(err, "GetLeases")
				if len(found) != 1 || string(found["present"].Value) != "value" {
					p.stops("GetLeases finds %d keys, want the one that is present", len(found))
				}
				if len(leases) != 2 || !leases["absent"].Granted() {
					p.stops("GetLeases: %d leases, %d of them granted, want a lease on each absent key, one of them granted",
						len(leases), granted(leases))
				}
				p.refused(leases["taken"], ctxcache.Loading)
				p.fill("absent", leases["absent"], "filled")
				p.fill("taken", holder, "filled by the other")
				p.holds("absent", "filled")
				p.holds("taken", "filled by the other")
			},
		},
		{Name: "Leases/Negative", Rule: "GetLeases finds negative entries", needs: ctxcache.CapNegative, run: func(p *probe) {
			p.setNegative("gone")
			found, leases, err := ctxcache.GetLeases(p.ctx, p.cache, []string{"gone"}, 0)
			p.ok(err, "GetLeases")
			if !found["gone"].Absent || len(leases) > 0 {
				p.stops("GetLeases: Absent %v and %d leases, want true and none", found["gone"].Absent, len(leases))
			}
		}},
		{Name: "Leases/Duplicates", Rule: "a key given twice gets one lease", run: func(p *probe) {
			_, leases, err := ctxcache.GetLeases(p.ctx, p.cache, []string{"key", "key"}, 0)
			p.ok(err, "GetLeases")
			if len(leases) != 1 || !leases["key"].Granted() {
				p.stops("GetLeases of one key, given twice: %d leases, %d of them granted, want one granted", len(leases), granted(leases))
			}
			p.fill("key", leases["key"], "value")
			p.holds("key", "value")
		}},
		{Name: "Leases/NoKeys", Rule: "GetLeases of no keys finds and grants nothing", run: func(p *probe) {
			found, leases, err := ctxcache.GetLeases(p.ctx, p.cache, nil, ctxcache.NoExpiry)
			p.ok(err, "GetLeases of no keys")
			if len(found)+len(leases) > 0 {
				p.stops("GetLeases of no keys: %d found and %d leases", len(found), len(leases))
			}
		}},
		{
			Name:  "Leases/Refresh",
			Rule:  "GetLeases returns a value that is due with a lease, and a value that is not due without one",
			needs: ctxcache.CapEntry,
			run: func(p *probe) {
				p.ok(p.cache.Set(p.ctx, "due", []byte("old"), hour), "Set")
				p.ok(p.cache.Set(p.ctx, "fresh", []byte("old"), 3*hour), "Set")
				found, leases, err := ctxcache.GetLeases(p.ctx, p.cache, []string{"due", "fresh"}, 2*hour)
				p.ok(err, "GetLeases")
				if len(found) != 2 || len(leases) != 1 || !leases["due"].Granted() {
					p.stops("GetLeases: %d found and %d leases, want both values, and a lease on the key that is due", len(found), len(leases))
				}
				p.fill("due", leases["due"], "new")
				p.holds("due", "new")
				p.holds("fresh", "old")
			},
		},
		{
			Name: "Leases/Refreshing",
			Rule: "a value that another caller refreshes is found, with a lease that is refused or that the first Fill ends",
			run: func(p *probe) {
				p.set("key", "old")
				first := p.lease("key", ctxcache.NoExpiry)
				found, leases, err := ctxcache.GetLeases(p.ctx, p.cache, []string{"key"}, ctxcache.NoExpiry)
				p.ok(err, "GetLeases")
				p.same(found["key"].Value, []byte("old"), "GetLeases while another refreshes")
				second, due := leases["key"]
				if !due {
					p.stops("GetLeases: no lease, granted or not, for a key that is due")
				}
				if !p.caps.Has(ctxcache.CapLeaseShared) {
					p.refused(second, ctxcache.Loading)
				}
				p.refreshes(first)
				if second.Granted() {
					p.lost("key", second)
				}
				p.holds("key", "new")
			},
		},
		{Name: "Leases/Exclusive", Rule: "GetLease does not grant a lease that GetLeases has granted", run: func(p *probe) {
			l := p.leaseOfMany("key", 0)
			p.refused(p.tryLease("key", 0), ctxcache.Loading)
			p.release("key", l)
			p.fill("key", p.lease("key", 0), "value")
		}},
	})
}
