package cachetest

import (
	"bytes"
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// ownershipCases are about rule 5.
func ownershipCases() []Case {
	valueReaders := slices.DeleteFunc(slices.Clone(readers), func(r reader) bool { return !r.reportsValue })
	return slices.Concat(
		per(writers, "Ownership/Given",
			"the cache does not modify a value that it was given, nor the memory behind the value", 0,
			func(p *probe, w writer) {
				memory := bytes.Repeat([]byte{'x'}, 64)
				copy(memory, "given")
				before := bytes.Clone(memory)
				given := ctxcache.NewEntry(memory[:5], hour)
				p.ok(w.write(p, "key", given), w.name)
				p.holds("key", "given")
				w.store(p, "key", "other", hour)
				p.same(memory, before, "the memory of the given value, after another write")
				p.ok(w.write(p, "key", given), w.name)
				p.ok(p.cache.Delete(p.ctx, "key"), "Delete")
				p.same(memory, before, "the memory of the given value, after its deletion")
			}),
		per(valueReaders, "Ownership/Got", "the cache does not modify a value that it has returned", 0,
			func(p *probe, r reader) {
				p.set("key", "first")
				got := r.read(p, "key").value
				again := r.read(p, "key").value
				p.set("key", "other")
				p.set("key2", "third")
				p.same(r.read(p, "key2").value, []byte("third"), r.name)
				p.same(got, []byte("first"), "the returned value, after another write")
				p.same(again, []byte("first"), "the value of the second read, after another write")
				got = r.read(p, "key").value
				p.ok(p.cache.Delete(p.ctx, "key"), "Delete")
				p.same(got, []byte("other"), "the returned value, after its deletion")
			}),
	)
}
