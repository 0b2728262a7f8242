package cachetest

import (
	"errors"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// keepCases are about the life of a copy. A store that has one expiry a key and takes it for the value's cannot have
// a shorter Keep beside it. Such a cache says so, before any effect.
func keepCases() []Case {
	ends := func(name, rule string, e entry) []Case {
		return per(wholeWriters(), name, rule+", or it is ErrUnsupported", 0, func(p *probe, w writer) {
			e := e
			e.Value = []byte("value")
			if e.Keep == 0 {
				e.Keep = p.short()
			} else {
				e.TTL = p.short()
			}
			if p.keeps(w, "key", e) {
				p.expiresFor(readers[0], "key")
			}
		})
	}
	return slices.Concat(
		ends("Keep/Ends", "a copy goes when its Keep is over", entry{TTL: hour}),
		ends("Keep/EndsNoExpiry", "a copy of what never expires goes when its Keep is over", entry{TTL: ctxcache.NoExpiry}),
		ends("Keep/EndsDefault", "a copy with the default TTL goes when its Keep is over", entry{}),
		ends("Keep/Caps", "a Keep longer than the TTL does not prolong the life", entry{Keep: hour}),
		per(wholeWriters(), "Keep/Told", "reads tell the TTL of the value, not the Keep of the copy", ctxcache.OpEntry,
			func(p *probe, w writer) {
				since := time.Now()
				if p.keeps(w, "key", entry{Value: []byte("value"), TTL: hour, Keep: hour / 2}) {
					p.holds("key", "value")
					p.lives(p.entry("key").TTL, hour, since)
				}
			}),
		per(lifeReaders(), "Keep/ToldBy",
			"every way of reading an entry tells the TTL of the value, not the Keep of the copy", ctxcache.OpEntry,
			func(p *probe, r reader) {
				since := time.Now()
				if p.keeps(setEntry(), "key", entry{Value: []byte("value"), TTL: hour, Keep: hour / 2}) {
					p.lives(r.read(p, "key").ttl, hour, since)
				}
			}),
		per(writers, "Keep/Forgotten", "a write without a Keep ends that of the write before", 0,
			func(p *probe, w writer) {
				keep := 2 * p.short() // or a coarse clock may end it under the hands of who refreshes it
				p.keeps(setEntry(), "key", entry{Value: []byte("old"), TTL: hour, Keep: keep})
				w.store(p, "key", "new", hour)
				p.pass(2 * keep)
				p.holds("key", "new")
			}),
	)
}

// keeps writes an entry with a Keep, and reports whether the cache can.
func (p *probe) keeps(w writer, key string, e entry) bool {
	p.Helper()
	err := w.write(p, key, e)
	if errors.Is(err, errors.ErrUnsupported) {
		p.empty(key)
		return false
	}
	p.ok(err, w.name+" with a Keep")
	return true
}

// setEntry is the writer that calls SetEntry.
func setEntry() writer {
	return writers[slices.IndexFunc(writers, func(w writer) bool { return w.name == "SetEntry" })]
}
