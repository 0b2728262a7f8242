package cachetest

import (
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// writer is one way to write.
type writer struct {
	name  string
	needs ctxcache.Cap // the capabilities that it needs
	whole bool         // it takes a whole entry, and not only a value and its TTL
	fills bool         // it writes by a lease
	write func(p *probe, key string, e entry) error
}

// writers are all ways to write.
var writers = []writer{
	{name: "Set", write: func(p *probe, key string, e entry) error {
		return p.cache.Set(p.ctx, key, e.Value, e.TTL)
	}},
	{name: "SetMany", write: func(p *probe, key string, e entry) error {
		return ctxcache.SetMany(p.ctx, p.cache, map[string][]byte{key: e.Value}, e.TTL)
	}},
	{name: "SetEntry", whole: true, write: func(p *probe, key string, e entry) error {
		return ctxcache.SetEntry(p.ctx, p.cache, key, e)
	}},
	{name: "SetEntries", whole: true, write: func(p *probe, key string, e entry) error {
		return ctxcache.SetEntries(p.ctx, p.cache, map[string]entry{key: e})
	}},
	{name: "Fill", needs: ctxcache.CapLease, whole: true, fills: true, write: func(p *probe, key string, e entry) error {
		l := p.lease(key, ctxcache.NoExpiry)
		return p.unreleased(key, l, ctxcache.Fill(p.ctx, p.cache, key, l, e))
	}},
	{
		name: "FillMany", needs: ctxcache.CapLease, whole: true, fills: true,
		write: func(p *probe, key string, e entry) error {
			_, leases, err := ctxcache.GetLeases(p.ctx, p.cache, []string{key}, ctxcache.NoExpiry)
			p.ok(err, "GetLeases")
			if !leases[key].Granted() {
				p.stops("GetLeases: no lease (%v), want one: nobody else has it", leases[key].Refusal())
			}
			err = ctxcache.FillMany(p.ctx, p.cache, map[string]entry{key: e}, leases)
			return p.unreleased(key, leases[key], err)
		},
	},
}

// store writes value for ttl. The write must succeed.
func (w writer) store(p *probe, key, value string, ttl time.Duration) {
	p.Helper()
	p.ok(w.write(p, key, ctxcache.NewEntry([]byte(value), ttl)), w.name)
}

// storeNegative writes a negative entry for ttl. The write must succeed.
func (w writer) storeNegative(p *probe, key string, ttl time.Duration) {
	p.Helper()
	p.ok(w.write(p, key, aNegative(ttl)), w.name+" of a negative entry")
}

func (w writer) label() string          { return w.name }
func (w writer) required() ctxcache.Cap { return w.needs }

// wholeWriters are the writers that take a whole entry.
func wholeWriters() []writer {
	return slices.DeleteFunc(slices.Clone(writers), func(w writer) bool { return !w.whole })
}

// negativeWriters are the writers that can write a negative entry. They need CapNegative, too.
func negativeWriters() []writer {
	able := wholeWriters()
	for i := range able {
		able[i].needs |= ctxcache.CapNegative
	}
	return able
}
