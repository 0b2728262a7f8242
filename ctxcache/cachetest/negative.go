package cachetest

import (
	"bytes"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// negativeCases are about negative entries. What they do to reads, writes and deletions is crossed elsewhere.
func negativeCases() []Case {
	return slices.Concat(
		per(negativeWriters(), "Negative/Expiry", "a negative entry ends with its TTL", 0, func(p *probe, w writer) {
			w.deny(p, "key", p.short())
			p.expiresFor(readers[0], "key")
		}),
		per(negativeWriters(), "Negative/Keep",
			"a copy of a negative entry goes when its Keep is over, or it is ErrUnsupported", 0,
			func(p *probe, w writer) {
				if p.keeps(w, "key", entry{Absent: true, TTL: hour, Keep: p.short()}) {
					p.expiresFor(readers[0], "key")
				}
			}),
		per(negativeWriters(), "Negative/TTL",
			"a negative entry with a negative TTL is ErrTTL, and nothing is stored", 0,
			func(p *probe, w writer) {
				p.is(w.write(p, "key", entry{Absent: true, TTL: -1}), ctxcache.ErrTTL, w.name+" of a negative entry")
				p.empty("key")
			}),
		per(negativeWriters(), "Negative/Told",
			"ErrNotFound comes with an entry that has Absent and its TTL, and no value", 0,
			func(p *probe, w writer) {
				since := time.Now()
				p.ok(w.write(p, "key", entry{Absent: true, Value: []byte("none"), TTL: hour}), w.name+" of a negative entry")
				e, err := ctxcache.GetEntry(p.ctx, p.cache, "key")
				p.is(err, ctxcache.ErrNotFound, "GetEntry")
				p.isNegative(e, since)
				entries, err := ctxcache.GetEntries(p.ctx, p.cache, []string{"key"})
				p.ok(err, "GetEntries")
				p.isNegative(entries["key"], since)
			}),
		[]Case{{
			Name:  "Negative/Default",
			Rule:  "a negative entry has the default TTL for 0, and NoExpiry for ever",
			needs: ctxcache.OpNegative,
			run: func(p *probe) {
				for _, ttl := range []time.Duration{0, ctxcache.NoExpiry} {
					p.ok(ctxcache.SetEntry(p.ctx, p.cache, "key", entry{Absent: true, TTL: ttl}), "SetEntry of a negative entry")
					p.everywhere("key", negative)
				}
			},
		}},
	)
}

// isNegative ends the case if e is not a negative entry for an hour.
func (p *probe) isNegative(e entry, since time.Time) {
	p.Helper()
	if !e.Absent || !bytes.Equal(e.Value, nil) {
		p.stops("the entry has Absent %v and the value %s, want true and none", e.Absent, brief(e.Value))
	}
	if p.ops.Has(ctxcache.OpEntry) {
		p.lives(e.TTL, hour, since)
	} else if e.TTL != ctxcache.Unknown {
		p.stops("remaining TTL %v, want Unknown", e.TTL)
	}
}
