package cachetest

import (
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// writeCases cross every way to write with every way to read. They find a layer that forgets one of these ways.
func writeCases() []Case {
	return slices.Concat(
		across(writers, readers, "Write", "every way to read finds a value, whichever way wrote it", 0,
			func(p *probe, w writer, r reader) {
				w.store(p, "key", "value", hour)
				r.expect(p, "key", valued("value"))
				r.expect(p, "other", nothing)
			}),
		across(negativeWriters(), readers, "WriteNegative",
			"a way to read that reports negative entries returns ErrNotFound for one, and the other ways find nothing", 0,
			func(p *probe, w writer, r reader) {
				w.storeNegative(p, "key", hour)
				r.expect(p, "key", negative)
				r.expect(p, "other", nothing)
			}),
	)
}

// overwriteCases try every way to write on a key in every state.
func overwriteCases() []Case {
	return slices.Concat(
		per(writers, "Overwrite/Value", "a write replaces a value", 0, func(p *probe, w writer) {
			p.set("key", "a longer old value")
			w.store(p, "key", "new", hour)
			p.everywhere("key", valued("new"))
		}),
		per(writers, "Overwrite/Deleted", "a write after a deletion stores the value", 0, func(p *probe, w writer) {
			p.set("key", "old")
			p.ok(p.cache.Delete(p.ctx, "key"), "Delete")
			w.store(p, "key", "new", hour)
			p.everywhere("key", valued("new"))
		}),
		per(writers, "Overwrite/Expired", "a write after an expiry stores the value", 0, func(p *probe, w writer) {
			p.ok(p.cache.Set(p.ctx, "key", []byte("old"), p.short()), "Set")
			p.expiresFor(readers[0], "key")
			w.store(p, "key", "new", hour)
			p.pass(p.short())
			p.everywhere("key", valued("new"))
		}),
		per(writers, "Overwrite/Negative", "a write replaces a negative entry", ctxcache.CapNegative, func(p *probe, w writer) {
			p.setNegative("key")
			w.store(p, "key", "new", hour)
			p.everywhere("key", valued("new"))
		}),
		per(negativeWriters(), "Overwrite/ByNegative", "a negative entry replaces a value", 0,
			func(p *probe, w writer) {
				p.set("key", "old")
				w.storeNegative(p, "key", hour)
				p.everywhere("key", negative)
			}),
	)
}

// removalCases cross every way to delete with every way to read.
func removalCases() []Case {
	selective := slices.DeleteFunc(slices.Clone(deleters), func(d deleter) bool { return d.others })
	return slices.Concat(
		across(deleters, readers, "Removal", "no way to read finds a deleted value, whichever way deleted it", 0,
			func(p *probe, d deleter, r reader) {
				p.set("key", "value")
				d.remove(p, "key")
				r.expect(p, "key", nothing)
			}),
		across(deleters, writers, "RemovalOf", "every way to delete deletes a value, whichever way wrote it", 0,
			func(p *probe, d deleter, w writer) {
				w.store(p, "key", "value", hour)
				d.remove(p, "key")
				p.empty("key")
			}),
		per(deleters, "RemovalNegative", "a deletion deletes negative entries", ctxcache.CapNegative, func(p *probe, d deleter) {
			p.setNegative("key")
			d.remove(p, "key")
			p.everywhere("key", nothing)
		}),
		per(selective, "RemovalSpares", "a deletion leaves other keys alone", 0, func(p *probe, d deleter) {
			p.set("key", "value")
			p.set("other", "value")
			p.set("ke", "value")
			p.set("key2", "value")
			p.set("key:2", "value")
			d.remove(p, "key")
			p.holds("other", "value")
			p.holds("ke", "value")
			if !d.longer {
				p.holds("key2", "value")
				p.holds("key:2", "value")
			}
		}),
	)
}
