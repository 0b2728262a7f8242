package cachetest

import (
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// leasesCases are about GetLeases.
func leasesCases() []Case {
	return needing(ctxcache.OpLease, []Case{
		{
			Name: "Leases/Mixed",
			Rule: "GetLeases finds what is present, grants what is absent, and leaves out what another has",
			run: func(p *probe) {
				p.set("present", "value")
				holder := p.lease("taken", 0)
				found, leases, err := ctxcache.GetLeases(p.ctx, p.cache, []string{"present", "absent", "taken"}, 0)
				p.ok(err, "GetLeases")
				if len(found) != 1 || string(found["present"].Value) != "value" {
					p.stops("GetLeases finds %d keys, want the one that is present", len(found))
				}
				if len(leases) != 1 || leases["absent"] == nil {
					p.stops("GetLeases grants %d leases, want one on the key that is absent", len(leases))
				}
				p.fill(leases["absent"], "filled")
				p.fill(holder, "filled by the other")
				p.holds("absent", "filled")
				p.holds("taken", "filled by the other")
			},
		},
		{Name: "Leases/Negative", Rule: "GetLeases finds negative entries", needs: ctxcache.OpNegative, run: func(p *probe) {
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
			if len(leases) != 1 || leases["key"] == nil {
				p.stops("GetLeases of one key, twice: %d leases, want one", len(leases))
			}
			p.fill(leases["key"], "value")
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
			Rule:  "GetLeases returns what is due with a lease, and what is not without",
			needs: ctxcache.OpEntry,
			run: func(p *probe) {
				p.ok(p.cache.Set(p.ctx, "due", []byte("old"), hour), "Set")
				p.ok(p.cache.Set(p.ctx, "fresh", []byte("old"), 3*hour), "Set")
				found, leases, err := ctxcache.GetLeases(p.ctx, p.cache, []string{"due", "fresh"}, 2*hour)
				p.ok(err, "GetLeases")
				if len(found) != 2 || len(leases) != 1 || leases["due"] == nil {
					p.stops("GetLeases: %d found and %d leases, want both and the one that is due", len(found), len(leases))
				}
				p.fill(leases["due"], "new")
				p.holds("due", "new")
				p.holds("fresh", "old")
			},
		},
		{Name: "Leases/Exclusive", Rule: "GetLease and GetLeases grant the same leases", run: func(p *probe) {
			l := p.leaseOfMany("key", 0)
			p.none(p.tryLease("key", 0))
			p.release(l)
			p.fill(p.lease("key", 0), "value")
		}},
	})
}

// leaseOfMany takes the lease on key, which must be free, by GetLeases.
func (p *probe) leaseOfMany(key string, refreshBelow time.Duration) lease {
	p.Helper()
	_, leases, err := ctxcache.GetLeases(p.ctx, p.cache, []string{key, "another " + key}, refreshBelow)
	p.ok(err, "GetLeases")
	if leases["another "+key] == nil || leases[key] == nil {
		p.stops("GetLeases: %d leases, want two: nobody else has them", len(leases))
	}
	p.release(leases["another "+key])
	return leases[key]
}
