package cachetest

import (
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// ttlCases are about rule 4, for every kind of TTL.
func ttlCases() []Case {
	return slices.Concat(
		per(writers, "TTL/Default", "a TTL of 0 is the cache's default", 0, func(p *probe, w writer) {
			w.store(p, "key", "value", 0)
			p.pass(p.unit)
			p.holds("key", "value")
			if ttl := p.entry("key").TTL; ttl <= 0 && ttl != ctxcache.Unknown {
				p.stops("remaining TTL %v, want a positive one", ttl)
			}
		}),
		per(writers, "TTL/NoExpiry", "a value that is stored with NoExpiry never expires, and reads report NoExpiry", 0,
			func(p *probe, w writer) {
				w.store(p, "key", "value", ctxcache.NoExpiry)
				if p.leaps() {
					p.pass(100 * 365 * 24 * time.Hour)
				}
				p.holds("key", "value")
				p.reportsTTL("key", ctxcache.NoExpiry)
			}),
		per(writers, "TTL/Negative", "a negative TTL is ErrTTL, and nothing is stored", 0, func(p *probe, w writer) {
			for _, ttl := range []time.Duration{-1, -hour, ctxcache.Unknown} {
				p.is(w.write(p, "key", ctxcache.NewEntry([]byte("new"), ttl)), ctxcache.ErrTTL, w.name+" with a negative TTL")
				p.empty("key")
			}
		}),
		per(writers, "TTL/NegativeOverwrite", "a negative TTL is ErrTTL, and the old value stays", 0,
			func(p *probe, w writer) {
				p.set("key", "old")
				p.is(w.write(p, "key", ctxcache.NewEntry([]byte("new"), -1)), ctxcache.ErrTTL, w.name+" with a negative TTL")
				p.holds("key", "old")
			}),
		per(writers, "TTL/Huge", "a TTL of centuries does not overflow: the value is stored, or the write is ErrTTL", 0,
			func(p *probe, w writer) {
				if err := w.write(p, "key", ctxcache.NewEntry([]byte("value"), ctxcache.NoExpiry-1)); err != nil {
					p.is(err, ctxcache.ErrTTL, w.name+" for 292 years")
					return
				}
				p.pass(p.short())
				p.holds("key", "value")
			}),
		per(writers, "TTL/Told", "reads report the remaining life", ctxcache.CapEntry, func(p *probe, w writer) {
			since := p.now()
			w.store(p, "key", "value", hour)
			p.lives(p.entry("key").TTL, hour, since)
			p.pass(p.short())
			p.lives(p.entry("key").TTL, hour, since)
		}),
		per(metaReaders(), "TTL/ToldBy", "every way of reading an entry reports its remaining life", ctxcache.CapEntry,
			func(p *probe, r reader) {
				since := p.now()
				p.set("key", "value")
				p.pass(p.short())
				p.lives(r.read(p, "key").meta.TTL, hour, since)
				p.ok(p.cache.Set(p.ctx, "key", []byte("value"), ctxcache.NoExpiry), "Set")
				if ttl := r.read(p, "key").meta.TTL; ttl != ctxcache.NoExpiry {
					p.stops("%s: remaining TTL %v, want NoExpiry", r.name, ttl)
				}
			}),
	)
}

// reportsTTL ends the case if GetEntry does not report ttl. A cache without CapEntry has to report Unknown.
func (p *probe) reportsTTL(key string, ttl time.Duration) {
	p.Helper()
	if !p.caps.Has(ctxcache.CapEntry) {
		ttl = ctxcache.Unknown
	}
	if got := p.entry(key).TTL; got != ttl {
		p.stops("GetEntry: remaining TTL %v, want %v", got, ttl)
	}
}
