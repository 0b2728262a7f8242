package cachetest

import (
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// writer is one way to write.
type writer struct {
	name  string
	needs ctxcache.Op // without which it is impossible
	whole bool        // takes a whole entry, and not only a value and its TTL
	fills bool        // does it by a lease
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
	{name: "Fill", needs: ctxcache.OpLease, whole: true, fills: true, write: func(p *probe, key string, e entry) error {
		l := p.lease(key, ctxcache.NoExpiry)
		defer p.release(l)
		return l.Fill(p.ctx, e)
	}},
	{
		name: "FillMany", needs: ctxcache.OpLease, whole: true, fills: true,
		write: func(p *probe, key string, e entry) error {
			_, leases, err := ctxcache.GetLeases(p.ctx, p.cache, []string{key}, ctxcache.NoExpiry)
			p.ok(err, "GetLeases")
			l := leases[key]
			if l == nil {
				p.stops("GetLeases: no lease, want one: nobody else has it")
			}
			defer p.release(l)
			return l.Fill(p.ctx, e)
		},
	},
}

// store writes value for ttl, which must succeed.
func (w writer) store(p *probe, key, value string, ttl time.Duration) {
	p.Helper()
	p.ok(w.write(p, key, entry{Value: []byte(value), TTL: ttl}), w.name)
}

// deny writes a negative entry for ttl, which must succeed.
func (w writer) deny(p *probe, key string, ttl time.Duration) {
	p.Helper()
	p.ok(w.write(p, key, entry{Absent: true, TTL: ttl}), w.name+" of a negative entry")
}

func (w writer) label() string         { return w.name }
func (w writer) required() ctxcache.Op { return w.needs }

// wholeWriters are those that take a whole entry.
func wholeWriters() []writer {
	return slices.DeleteFunc(slices.Clone(writers), func(w writer) bool { return !w.whole })
}

// negativeWriters are those that can write a negative entry, and need what it takes.
func negativeWriters() []writer {
	able := wholeWriters()
	for i := range able {
		able[i].needs |= ctxcache.OpNegative
	}
	return able
}
