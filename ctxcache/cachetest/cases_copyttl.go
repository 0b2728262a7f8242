package cachetest

import (
	"errors"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// copyTTLCases are about the life of a copy. A store with one expiry for each key uses it for the life of the value, so
// the copy cannot have a shorter life. Such a cache answers ErrUnsupported, before any effect.
func copyTTLCases() []Case {
	ends := func(name, rule string, meta ctxcache.Meta) []Case {
		return per(wholeWriters(), name, rule+", or the write is ErrUnsupported", 0, func(p *probe, w writer) {
			e := entry{Value: []byte("value"), Meta: meta}
			if e.CopyTTL == 0 {
				e.CopyTTL = p.short()
			} else {
				e.TTL = p.short()
			}
			if p.keeps(w, "key", e) {
				p.expiresFor(readers[0], "key")
			}
		})
	}
	return slices.Concat(
		ends("CopyTTL/Ends", "a copy expires when its CopyTTL is over", ctxcache.Meta{TTL: hour}),
		ends("CopyTTL/EndsNoExpiry",
			"a copy of a value that never expires does expire when its CopyTTL is over", ctxcache.Meta{TTL: ctxcache.NoExpiry}),
		ends("CopyTTL/EndsDefault", "a copy of a value with the default TTL expires when its CopyTTL is over", ctxcache.Meta{}),
		ends("CopyTTL/Caps", "a CopyTTL longer than the TTL does not prolong the life", ctxcache.Meta{CopyTTL: hour}),
		per(wholeWriters(), "CopyTTL/Told", "reads report the TTL of the value, not the CopyTTL of the copy", ctxcache.CapEntry,
			func(p *probe, w writer) {
				since := p.now()
				if p.keeps(w, "key", copied(hour, hour/2)) {
					p.holds("key", "value")
					p.lives(p.entry("key").TTL, hour, since)
				}
			}),
		per(metaReaders(), "CopyTTL/ToldBy",
			"every way of reading an entry reports the TTL of the value, not the CopyTTL of the copy", ctxcache.CapEntry,
			func(p *probe, r reader) {
				since := p.now()
				if p.keeps(setEntry(), "key", copied(hour, hour/2)) {
					p.lives(r.read(p, "key").meta.TTL, hour, since)
				}
			}),
		per(writers, "CopyTTL/Forgotten", "a write without a CopyTTL ends the CopyTTL of the write before", 0,
			func(p *probe, w writer) {
				life := 2 * p.short() // with less, a coarse clock may end the copy while it is refreshed
				p.keeps(setEntry(), "key", copied(hour, life))
				w.store(p, "key", "new", hour)
				p.pass(2 * life)
				p.holds("key", "new")
			}),
	)
}

// copied returns an entry that lives for ttl, with a copy that lives for copyTTL.
func copied(ttl, copyTTL time.Duration) entry {
	e := ctxcache.NewEntry([]byte("value"), ttl)
	e.CopyTTL = copyTTL
	return e
}

// keeps writes an entry with a CopyTTL, and reports whether the cache supports that.
func (p *probe) keeps(w writer, key string, e entry) bool {
	p.Helper()
	err := w.write(p, key, e)
	if errors.Is(err, errors.ErrUnsupported) {
		p.empty(key)
		return false
	}
	p.ok(err, w.name+" with a CopyTTL")
	return true
}

// setEntry is the writer that calls SetEntry.
func setEntry() writer {
	return writers[slices.IndexFunc(writers, func(w writer) bool { return w.name == "SetEntry" })]
}
