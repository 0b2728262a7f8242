package cachetest

import (
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// deleteCases are about rule 7, and about what Remove reports.
func deleteCases() []Case {
	return slices.Concat(
		per(deleters, "Delete/Absent", "deleting an absent key is not an error", 0, func(p *probe, d deleter) {
			d.remove(p, "absent")
			p.empty("absent")
		}),
		per(deleters, "Delete/Twice", "deleting a key again is not an error", 0, func(p *probe, d deleter) {
			p.set("key", "value")
			d.remove(p, "key")
			d.remove(p, "key")
			p.empty("key")
		}),
		per(deleters, "Delete/Again", "a value that is stored after a deletion is found", 0, func(p *probe, d deleter) {
			p.set("key", "old")
			d.remove(p, "key")
			p.set("key", "new")
			p.holds("key", "new")
		}),
		[]Case{
			{
				Name:  "Remove/Value",
				Rule:  "Remove reports that there was a value",
				needs: ctxcache.CapRemove,
				run: func(p *probe) {
					p.set("key", "value")
					p.removes("key", true)
					p.removes("key", false)
				},
			},
			{
				Name:  "Remove/Empty",
				Rule:  "Remove reports that there was a value, even if the value was empty",
				needs: ctxcache.CapRemove,
				run: func(p *probe) {
					p.set("key", "")
					p.removes("key", true)
				},
			},
			{
				Name:  "Remove/Absent",
				Rule:  "Remove reports that there was no value",
				needs: ctxcache.CapRemove,
				run: func(p *probe) {
					p.set("other", "value")
					p.removes("absent", false)
					p.holds("other", "value")
				},
			},
			{
				Name:  "Remove/Expired",
				Rule:  "Remove does not count an expired value",
				needs: ctxcache.CapRemove,
				run: func(p *probe) {
					p.ok(p.cache.Set(p.ctx, "key", []byte("value"), p.short()), "Set")
					p.expiresFor(readers[0], "key")
					p.removes("key", false)
				},
			},
			{
				Name:  "Remove/Negative",
				Rule:  "Remove does not count a negative entry as a value, but deletes it",
				needs: ctxcache.CapRemove | ctxcache.CapNegative,
				run: func(p *probe) {
					p.setNegative("key")
					p.removes("key", false)
					p.empty("key")
				},
			},
			{
				Name:  "Remove/Leased",
				Rule:  "Remove does not count a lease as a value",
				needs: ctxcache.CapRemove | ctxcache.CapLease,
				run: func(p *probe) {
					p.lease("key", 0)
					p.removes("key", false)
				},
			},
		},
	)
}

// removes calls Remove, and ends the case if Remove does not report was.
func (p *probe) removes(key string, was bool) {
	p.Helper()
	got, err := ctxcache.Remove(p.ctx, p.cache, key)
	p.ok(err, "Remove")
	if got != was {
		p.stops("Remove reports %v, want %v", got, was)
	}
}
