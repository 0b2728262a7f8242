package cachetest

import (
	"bytes"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// negativeCases are about negative entries. Other cases cross them with reads, writes and deletions.
func negativeCases() []Case {
	return slices.Concat(
		per(negativeWriters(), "Negative/Expiry", "a negative entry expires when its TTL is over", 0, func(p *probe, w writer) {
			w.storeNegative(p, "key", p.short())
			p.expiresFor(readers[0], "key")
		}),
		per(negativeWriters(), "Negative/CopyTTL",
			"a copy of a negative entry expires when its CopyTTL is over, or the write is ErrUnsupported", 0,
			func(p *probe, w writer) {
				e := aNegative(hour)
				e.CopyTTL = p.short()
				if p.keeps(w, "key", e) {
					p.expiresFor(readers[0], "key")
				}
			}),
		per(negativeWriters(), "Negative/TTL",
			"a write of a negative entry with a negative TTL is ErrTTL, and stores nothing", 0,
			func(p *probe, w writer) {
				p.is(w.write(p, "key", aNegative(-1)), ctxcache.ErrTTL, w.name+" of a negative entry")
				p.empty("key")
			}),
		per(negativeWriters(), "Negative/Told",
			"ErrNotFound comes with an entry that has Absent and its TTL, and no value", 0,
			func(p *probe, w writer) {
				since := p.now()
				given := aNegative(hour)
				given.Value = []byte("none")
				p.ok(w.write(p, "key", given), w.name+" of a negative entry")
				e, err := ctxcache.GetEntry(p.ctx, p.cache, "key")
				p.is(err, ctxcache.ErrNotFound, "GetEntry")
				p.isNegative(e, since)
				entries, err := ctxcache.GetEntries(p.ctx, p.cache, []string{"key"})
				p.ok(err, "GetEntries")
				p.isNegative(entries["key"], since)
				if !p.caps.Has(ctxcache.CapLease) {
					return
				}
				e, _, err = ctxcache.GetLease(p.ctx, p.cache, "key", 0)
				p.is(err, ctxcache.ErrNotFound, "GetLease")
				p.isNegative(e, since)
				entries, _, err = ctxcache.GetLeases(p.ctx, p.cache, []string{"key"}, 0)
				p.ok(err, "GetLeases")
				p.isNegative(entries["key"], since)
			}),
		[]Case{{
			Name:  "Negative/Signal",
			Rule:  "the entry that a method returns with ErrNotFound is marked as Absent, and has no value",
			needs: ctxcache.CapNegative,
			run:   runSignal,
		}, {
			Name:  "Negative/Default",
			Rule:  "a negative entry with a TTL of 0 has the default TTL, and one with NoExpiry never expires",
			needs: ctxcache.CapNegative,
			run: func(p *probe) {
				for _, ttl := range []time.Duration{0, ctxcache.NoExpiry} {
					p.ok(ctxcache.SetEntry(p.ctx, p.cache, "key", aNegative(ttl)), "SetEntry of a negative entry")
					p.everywhere("key", negative)
				}
			},
		}},
	)
}

// runSignal calls the methods of the cache, because the package functions mark such an entry themselves.
func runSignal(p *probe) {
	since := p.now()
	p.setNegative("key")
	if able, ok := p.cache.(ctxcache.EntryCache[string, []byte]); ok && p.caps.Has(ctxcache.CapEntry) {
		e, err := able.GetEntry(p.ctx, "key")
		p.is(err, ctxcache.ErrNotFound, "GetEntry")
		p.isNegative(e, since)
	}
	if able, ok := p.cache.(ctxcache.LeaseCache[string, []byte]); ok && p.caps.Has(ctxcache.CapLease) {
		e, _, err := able.GetLease(p.ctx, "key", 0)
		p.is(err, ctxcache.ErrNotFound, "GetLease")
		p.isNegative(e, since)
	}
}

// isNegative ends the case if e is not a negative entry that was written for an hour at since.
func (p *probe) isNegative(e entry, since moment) {
	p.Helper()
	if !e.Absent || !bytes.Equal(e.Value, nil) {
		p.stops("the entry has Absent %v and the value %s, want true and none", e.Absent, brief(e.Value))
	}
	if p.caps.Has(ctxcache.CapEntry) {
		p.lives(e.TTL, hour, since)
	} else if e.TTL != ctxcache.Unknown {
		p.stops("remaining TTL %v, want Unknown", e.TTL)
	}
}
