package cachetest

import (
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// entryCases are about the metadata of an entry, except its TTL.
func entryCases() []Case {
	bad := []ctxcache.Meta{
		{TTL: hour, StaleFor: -1},
		{TTL: hour, CopyTTL: -1},
		{TTL: hour, NearTTL: -1},
		{TTL: hour, StaleFor: hour + 1},
		{TTL: hour, StaleAge: -1},
		{StaleFor: ctxcache.Unknown},
		{CopyTTL: ctxcache.Unknown},
	}
	return slices.Concat(
		per(wholeWriters(), "Entry/BadDurations", "a write of an entry that Check refuses is ErrTTL, and stores nothing", 0,
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
			"reads report StaleFor, CopyTTL and Written as written, less the time that has passed, or as zero; they report NearTTL as zero", 0,
			runReported),
		per(writers, "Entry/Replaced", "a write without StaleFor, CopyTTL and Written clears the StaleFor, CopyTTL and Written of the write before", 0,
			func(p *probe, w writer) {
				e := staleFor(time.Minute, hour)
				e.CopyTTL, e.Written = 2*hour, written
				p.ok(setEntry().write(p, "key", e), "SetEntry")
				since := p.now()
				w.store(p, "key", "new", hour)
				stored := p.now()
				if p.leaps() {
					p.pass(p.short())
				}
				p.reportedEverywhere("key", ctxcache.Meta{TTL: hour}, since)
				p.writtenBetween("key", since, stored)
			}),
	)
}

// staleFor returns an entry that lives for ttl. It is stale for the last part of that time, which is stale long.
func staleFor(stale, ttl time.Duration) entry {
	e := ctxcache.NewEntry([]byte("value"), ttl)
	e.StaleFor = stale
	return e
}

// written is the time at which a value was first written, long ago.
var written = time.Date(1843, time.October, 5, 12, 0, 0, 0, time.UTC)

// runReported reads each entry at once, and again later.
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

// reportedEverywhere ends the case if some way to read reports metadata that was not written.
func (p *probe) reportedEverywhere(key string, wrote ctxcache.Meta, since moment) {
	p.Helper()
	for _, r := range metaReaders() {
		if fits(p.caps, r.needs) {
			p.reports(r.name, r.read(p, key).meta, wrote, since)
		}
	}
}

// reports ends the case if a read must not report got about an entry with the metadata wrote, written at since.
func (p *probe) reports(reader string, got, wrote ctxcache.Meta, since moment) {
	p.Helper()
	cut := got.StaleFor == wrote.StaleFor || p.remains(got.StaleFor, wrote.TTL, since) && wrote.StaleFor == wrote.TTL
	if got.StaleFor != 0 && !cut {
		p.stops("%s: StaleFor %v, want %v as written, or 0", reader, got.StaleFor, wrote.StaleFor)
	}
	capped := p.remains(got.CopyTTL, wrote.CopyTTL, since) || p.remains(got.CopyTTL, min(wrote.TTL, wrote.CopyTTL), since)
	if got.CopyTTL != 0 && (wrote.CopyTTL == 0 || !capped) {
		p.stops("%s: CopyTTL %v, want the rest of %v, or 0", reader, got.CopyTTL, wrote.CopyTTL)
	}
	if got.NearTTL != 0 {
		p.stops("%s: NearTTL %v, want 0: only writes have one", reader, got.NearTTL)
	}
	if !wrote.Written.IsZero() && !got.Written.IsZero() && !got.Written.Equal(wrote.Written) {
		p.stops("%s: Written %v, want the time that was written, or the zero time", reader, got.Written)
	}
}

// writtenBetween ends the case if some way to read reports a Written that is neither zero nor the time of the write, which
// was between the two moments.
func (p *probe) writtenBetween(key string, began, ended moment) {
	p.Helper()
	for _, r := range metaReaders() {
		if !fits(p.caps, r.needs) {
			continue
		}
		got := r.read(p, key).meta.Written
		if !got.IsZero() && (got.Before(began.at.Add(-p.slack())) || got.After(ended.at.Add(p.slack()))) {
			p.stops("%s: Written %v, want the time of the write, or the zero time", r.name, got)
		}
	}
}
