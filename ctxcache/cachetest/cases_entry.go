package cachetest

import (
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// entryCases are about what an entry says in addition to its value and TTL.
func entryCases() []Case {
	bad := []ctxcache.Meta{
		{TTL: hour, StaleFor: -1},
		{TTL: hour, CopyTTL: -1},
		{TTL: hour, NearTTL: -1},
		{TTL: hour, StaleFor: hour + 1},
		{StaleFor: ctxcache.Unknown},
		{CopyTTL: ctxcache.Unknown},
	}
	return slices.Concat(
		per(wholeWriters(), "Entry/BadDurations", "an entry that Check refuses is ErrTTL, and nothing is stored", 0,
			func(p *probe, w writer) {
				for _, meta := range bad {
					p.is(w.write(p, "key", entry{Value: []byte("value"), Meta: meta}), ctxcache.ErrTTL, w.name)
					p.empty("key")
				}
			}),
		per(wholeWriters(), "Entry/StaleFor", "a stale window is accepted, and does not shorten the life", 0,
			func(p *probe, w writer) {
				for _, stale := range []time.Duration{1, hour / 2, hour} {
					since := p.now()
					p.ok(w.write(p, "key", staleFor(stale, hour)), w.name)
					p.holds("key", "value")
					if p.caps.Has(ctxcache.CapEntry) {
						p.lives(p.entry("key").TTL, hour, since)
					}
				}
				p.ok(w.write(p, "key", staleFor(time.Minute, 0)), w.name+" with a default TTL")
				p.holds("key", "value")
			}),
		per(wholeWriters(), "Entry/Reported",
			"reads return StaleFor, CopyTTL and Written as they were written, less what has passed, or zero, and nothing else", 0,
			runReported),
		per(writers, "Entry/Replaced", "a write without StaleFor and CopyTTL ends those of the write before", 0,
			func(p *probe, w writer) {
				e := staleFor(time.Minute, hour)
				e.CopyTTL = 2 * hour
				p.ok(setEntry().write(p, "key", e), "SetEntry")
				since := p.now()
				w.store(p, "key", "new", hour)
				p.reportedEverywhere("key", ctxcache.Meta{TTL: hour}, since)
			}),
	)
}

// staleFor returns an entry that is stale for the last part of ttl.
func staleFor(stale, ttl time.Duration) entry {
	e := ctxcache.NewEntry([]byte("value"), ttl)
	e.StaleFor = stale
	return e
}

// written is when a value was first written, long ago.
var written = time.Date(1843, time.October, 5, 12, 0, 0, 0, time.UTC)

// runReported reads what was written, at once and later.
func runReported(p *probe, w writer) {
	long := staleFor(time.Minute, hour)
	long.CopyTTL, long.NearTTL, long.Written = 2*hour, time.Minute, written
	short := staleFor(hour, hour)
	short.CopyTTL = hour / 2
	for key, e := range map[string]entry{"long": long, "short": short} {
		since := p.now()
		if !p.keeps(w, key, e) {
			continue
		}
		p.reportedEverywhere(key, e.Meta, since)
		p.pass(p.short())
		p.reportedEverywhere(key, e.Meta, since)
	}
}

// reportedEverywhere ends the case if some way to read reports of key what was not written.
func (p *probe) reportedEverywhere(key string, wrote ctxcache.Meta, since moment) {
	p.Helper()
	for _, r := range metaReaders() {
		if fits(p.caps, r.needs) {
			p.reports(r.name, r.read(p, key).meta, wrote, since)
		}
	}
}

// reports ends the case if got is not what a read may report of what was written.
func (p *probe) reports(reader string, got, wrote ctxcache.Meta, since moment) {
	p.Helper()
	cut := got.StaleFor == wrote.StaleFor || p.remains(got.StaleFor, wrote.TTL, since) && wrote.StaleFor == wrote.TTL
	if got.StaleFor != 0 && !cut {
		p.stops("%s: StaleFor %v of %v, want it as written, or 0", reader, got.StaleFor, wrote.StaleFor)
	}
	capped := p.remains(got.CopyTTL, wrote.CopyTTL, since) || p.remains(got.CopyTTL, min(wrote.TTL, wrote.CopyTTL), since)
	if got.CopyTTL != 0 && (wrote.CopyTTL == 0 || !capped) {
		p.stops("%s: CopyTTL %v of %v, want what remains of it, or 0", reader, got.CopyTTL, wrote.CopyTTL)
	}
	if got.NearTTL != 0 {
		p.stops("%s: NearTTL %v, want 0: it is for writes", reader, got.NearTTL)
	}
	if !wrote.Written.IsZero() && !got.Written.IsZero() && !got.Written.Equal(wrote.Written) {
		p.stops("%s: Written %v, want what was written, or the zero time", reader, got.Written)
	}
}
