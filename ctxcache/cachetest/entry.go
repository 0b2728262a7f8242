package cachetest

import (
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// entryCases are about what an entry says beyond its value and TTL.
func entryCases() []Case {
	bad := []entry{
		{TTL: hour, Stale: -1},
		{TTL: hour, Keep: -1},
		{TTL: hour, Stale: hour + 1},
		{Stale: ctxcache.Unknown},
		{Keep: ctxcache.Unknown},
	}
	return slices.Concat(
		per(wholeWriters(), "Entry/BadDurations", "an entry that Check refuses is ErrTTL, and nothing is stored", 0,
			func(p *probe, w writer) {
				for _, e := range bad {
					e.Value = []byte("value")
					p.is(w.write(p, "key", e), ctxcache.ErrTTL, w.name)
					p.empty("key")
				}
			}),
		per(wholeWriters(), "Entry/Stale", "a stale window is accepted, and does not shorten the life", 0,
			func(p *probe, w writer) {
				for _, stale := range []time.Duration{1, hour / 2, hour} {
					since := time.Now()
					p.ok(w.write(p, "key", entry{Value: []byte("value"), TTL: hour, Stale: stale}), w.name)
					p.holds("key", "value")
					if p.ops.Has(ctxcache.OpEntry) {
						p.lives(p.entry("key").TTL, hour, since)
					}
				}
				p.ok(w.write(p, "key", entry{Value: []byte("value"), Stale: time.Minute}), w.name+" with a default TTL")
				p.holds("key", "value")
			}),
		per(wholeWriters(), "Entry/Zero", "reads leave Stale and Keep zero", 0, func(p *probe, w writer) {
			p.ok(w.write(p, "key", entry{Value: []byte("value"), TTL: hour, Stale: time.Minute, Keep: 2 * hour}), w.name)
			if e := p.entry("key"); e.Stale != 0 || e.Keep != 0 {
				p.stops("GetEntry: Stale %v and Keep %v, want 0", e.Stale, e.Keep)
			}
		}),
	)
}
