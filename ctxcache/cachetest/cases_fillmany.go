package cachetest

import (
	"maps"

	"github.com/ctxcache/cached/ctxcache"
)

// fillManyCases are about FillMany.
func fillManyCases() []Case {
	return needing(ctxcache.CapLease, []Case{
		{
			Name: "FillMany/WithoutLease",
			Rule: "an entry without a lease is ErrLeaseLost for its key, and the others are stored",
			run: func(p *probe) {
				holder := p.lease("taken", 0)
				leases := p.leases("a", "taken", "b")
				leases["refused"] = ctxcache.NoLease(ctxcache.Unavailable)
				err := p.fillMany(map[string]string{"a": "1", "b": "2", "none": "3", "taken": "4", "refused": "5"}, leases)
				for _, key := range []string{"none", "taken", "refused"} {
					p.bare(ctxcache.KeyError(err, key), ctxcache.ErrLeaseLost, "FillMany, for a key without a lease")
					p.empty(key)
				}
				p.filled(err, map[string]string{"a": "1", "b": "2"}, leases)
				p.taken("taken")
				p.fill("taken", holder, "filled by the other")
			},
		},
		{
			Name: "FillMany/Lost",
			Rule: "an entry whose lease was lost is ErrLeaseLost for its key, and the others are stored",
			run: func(p *probe) {
				leases := p.leases("a", "set", "deleted", "b")
				p.set("set", "newer")
				p.ok(p.cache.Delete(p.ctx, "deleted"), "Delete")
				err := p.fillMany(map[string]string{"a": "1", "b": "2", "set": "late", "deleted": "late"}, leases)
				for _, key := range []string{"set", "deleted"} {
					p.bare(ctxcache.KeyError(err, key), ctxcache.ErrLeaseLost, "FillMany, for a key whose lease was lost")
				}
				p.holds("set", "newer")
				p.empty("deleted")
				p.filled(err, map[string]string{"a": "1", "b": "2"}, leases)
			},
		},
		{
			Name: "FillMany/Swapped",
			Rule: "the lease of another key is ErrLeaseLost, and still stands on its own key",
			run: func(p *probe) {
				leases := p.leases("a", "b")
				swapped := map[string]lease{"a": leases["b"], "b": leases["a"]}
				err := p.fillMany(map[string]string{"a": "1", "b": "2"}, swapped)
				for _, key := range []string{"a", "b"} {
					p.bare(ctxcache.KeyError(err, key), ctxcache.ErrLeaseLost, "FillMany by the lease of another key")
					p.empty(key)
				}
				p.ok(p.fillMany(map[string]string{"a": "1", "b": "2"}, leases), "FillMany")
				p.holds("a", "1")
				p.holds("b", "2")
			},
		},
		{
			Name: "FillMany/Failed",
			Rule: "the ManyError names an entry that fails for another reason, whose lease still stands; an entry that it does not name is stored",
			run: func(p *probe) {
				leases := p.leases("good", "bad")
				err := ctxcache.FillMany(p.ctx, p.cache, map[string]entry{
					"good": ctxcache.NewEntry([]byte("value"), hour),
					"bad":  ctxcache.NewEntry([]byte("value"), -1),
				}, leases)
				p.is(ctxcache.KeyError(err, "bad"), ctxcache.ErrTTL, "FillMany, for the bad entry")
				p.empty("bad")
				p.taken("bad")
				p.fill("bad", leases["bad"], "value")
				if ctxcache.KeyError(err, "good") == nil {
					p.holds("good", "value")
				} else {
					p.release("good", leases["good"])
				}
			},
		},
		{
			Name: "FillMany/Refresh",
			Rule: "FillMany accepts leases from GetLease, on an absent key or on a present one",
			run: func(p *probe) {
				p.set("b", "old")
				leases := map[string]lease{"a": p.lease("a", 0), "b": p.lease("b", ctxcache.NoExpiry)}
				p.ok(p.fillMany(map[string]string{"a": "1", "b": "2"}, leases), "FillMany")
				p.filled(nil, map[string]string{"a": "1", "b": "2"}, leases)
			},
		},
		{
			Name:  "FillMany/Negative",
			Rule:  "one call stores both values and negative entries",
			needs: ctxcache.CapNegative,
			run: func(p *probe) {
				leases := p.leases("a", "gone")
				p.ok(ctxcache.FillMany(p.ctx, p.cache, map[string]entry{
					"a": ctxcache.NewEntry([]byte("1"), hour), "gone": aNegative(hour),
				}, leases), "FillMany")
				p.everywhere("a", valued("1"))
				p.everywhere("gone", negative)
			},
		},
		{Name: "FillMany/Rest", Rule: "FillMany does not end a lease that has no entry", run: func(p *probe) {
			leases := p.leases("a", "b")
			p.ok(p.fillMany(map[string]string{"a": "1"}, leases), "FillMany")
			p.empty("b")
			p.taken("b")
			p.fill("b", leases["b"], "2")
		}},
		{Name: "FillMany/NoEntries", Rule: "FillMany of no entries does nothing", run: func(p *probe) {
			leases := p.leases("a")
			p.ok(ctxcache.FillMany(p.ctx, p.cache, nil, leases), "FillMany of no entries")
			p.ok(ctxcache.FillMany(p.ctx, p.cache, map[string]entry{}, nil), "FillMany of nothing at all")
			p.fill("a", leases["a"], "1")
		}},
		{Name: "FillMany/Arguments", Rule: "FillMany does not modify the entries and leases that it is given", run: func(p *probe) {
			leases := p.leases("a", "b")
			before := maps.Clone(leases)
			entries := map[string]entry{"a": ctxcache.NewEntry([]byte("1"), hour), "none": ctxcache.NewEntry([]byte("2"), 0)}
			p.is(ctxcache.FillMany(p.ctx, p.cache, entries, leases), ctxcache.ErrLeaseLost, "FillMany, for a key without a lease")
			if !maps.Equal(leases, before) || len(entries) != 2 || entries["a"].TTL != hour || string(entries["none"].Value) != "2" {
				p.stops("the entries given are now %v, with %d leases", entries, len(leases))
			}
			p.release("b", leases["b"])
		}},
		{Name: "FillMany/Hundreds", Rule: "GetLeases and FillMany take more than a thousand keys", run: func(p *probe) {
			keys, _ := numbered(p.many())
			values := make(map[string]string, len(keys))
			for _, key := range keys {
				values[key] = valueOf(key)
			}
			p.ok(p.fillMany(values, p.leases(keys...)), "FillMany")
			got, err := ctxcache.GetMany(p.ctx, p.cache, keys)
			p.ok(err, "GetMany")
			p.sameValues(got, values)
			p.discard(keys)
		}},
	})
}

// releaseManyCases are about ReleaseMany.
func releaseManyCases() []Case {
	return needing(ctxcache.CapLease, []Case{
		{Name: "ReleaseMany/Frees", Rule: "ReleaseMany of leases that stand is nil, and frees the keys", run: func(p *probe) {
			p.set("present", "old")
			leases := p.leases("a", "b")
			leases["present"] = p.lease("present", ctxcache.NoExpiry)
			p.ok(ctxcache.ReleaseMany(p.ctx, p.cache, leases), "ReleaseMany")
			for key, l := range leases {
				p.lost(key, l)
				p.fill(key, p.lease(key, ctxcache.NoExpiry), "new")
				p.holds(key, "new")
			}
		}},
		{
			Name: "ReleaseMany/NotGranted",
			Rule: "ReleaseMany ignores leases that were not granted",
			run: func(p *probe) {
				holder := p.lease("taken", 0)
				p.set("present", "value")
				leases := p.leases("a", "taken")
				leases["present"], leases["none"] = lease{}, ctxcache.NoLease(ctxcache.Changing)
				p.ok(ctxcache.ReleaseMany(p.ctx, p.cache, leases), "ReleaseMany, with leases that were not granted")
				p.taken("taken")
				p.fill("taken", holder, "filled by the other")
				p.fill("a", p.lease("a", 0), "free")
				p.holds("present", "value")
			},
		},
		{
			Name: "ReleaseMany/Lost",
			Rule: "a lost lease is ErrLeaseLost for its key, and the other leases are given up",
			run: func(p *probe) {
				leases := p.leases("a", "set", "deleted")
				p.set("set", "newer")
				p.ok(p.cache.Delete(p.ctx, "deleted"), "Delete")
				next := p.lease("deleted", 0)
				err := ctxcache.ReleaseMany(p.ctx, p.cache, leases)
				for _, key := range []string{"set", "deleted"} {
					p.bare(ctxcache.KeyError(err, key), ctxcache.ErrLeaseLost, "ReleaseMany, for a lease that was lost")
				}
				p.ok(ctxcache.KeyError(err, "a"), "ReleaseMany, for a lease that stands")
				p.holds("set", "newer")
				p.taken("deleted")
				p.fill("deleted", next, "filled by the next")
				p.fill("a", p.lease("a", 0), "free")
			},
		},
		{Name: "ReleaseMany/None", Rule: "ReleaseMany of no leases does nothing", run: func(p *probe) {
			p.ok(ctxcache.ReleaseMany(p.ctx, p.cache, nil), "ReleaseMany of nothing")
			p.ok(ctxcache.ReleaseMany(p.ctx, p.cache, map[string]lease{"key": {}}), "ReleaseMany of a lease that was not granted")
		}},
	})
}

// leases takes the leases on keys, which must be absent, by one call.
func (p *probe) leases(keys ...string) map[string]lease {
	p.Helper()
	_, leases, err := ctxcache.GetLeases(p.ctx, p.cache, keys, 0)
	p.ok(err, "GetLeases")
	if len(leases) != len(keys) {
		p.stops("GetLeases: %d leases, granted or not, want one for each of %d keys", len(leases), len(keys))
	}
	return leases
}

// filled ends the case if a FillMany that returned err has not stored values, or has not ended their leases.
func (p *probe) filled(err error, values map[string]string, leases map[string]lease) {
	p.Helper()
	for key, value := range values {
		p.ok(ctxcache.KeyError(err, key), "FillMany, for a key whose lease stands")
		p.lost(key, leases[key])
		p.holds(key, value)
	}
}
