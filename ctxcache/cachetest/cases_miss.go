package cachetest

import (
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// asker is a way to read one key whose error reports a miss.
type asker struct {
	name  string
	needs ctxcache.Cap
	ask   func(p *probe, key string) error
}

func (a asker) label() string          { return a.name }
func (a asker) required() ctxcache.Cap { return a.needs }

var askers = []asker{
	{name: "Get", ask: func(p *probe, key string) error {
		_, err := p.cache.Get(p.ctx, key)
		return err
	}},
	{name: "GetEntry", ask: func(p *probe, key string) error {
		_, err := ctxcache.GetEntry(p.ctx, p.cache, key)
		return err
	}},
	{name: "GetLease", needs: ctxcache.CapLease, ask: func(p *probe, key string) error {
		_, l, err := ctxcache.GetLease(p.ctx, p.cache, key, 0)
		if l.Granted() {
			p.release(key, l)
		}
		return err
	}},
}

// missCases are about rule 1.
func missCases() []Case {
	return slices.Concat(
		per(askers, "Miss/Absent", "an absent key is ErrMiss, returned bare", 0, func(p *probe, a asker) {
			p.set("other", "value")
			p.bare(a.ask(p, "absent"), ctxcache.ErrMiss, a.name+" of an absent key")
		}),
		per(askers, "Miss/Deleted", "a deleted key is ErrMiss, returned bare", 0, func(p *probe, a asker) {
			p.set("key", "value")
			p.ok(p.cache.Delete(p.ctx, "key"), "Delete")
			p.bare(a.ask(p, "key"), ctxcache.ErrMiss, a.name+" of a deleted key")
		}),
		per(askers, "Miss/Expired", "an expired key is ErrMiss, returned bare", 0, func(p *probe, a asker) {
			p.ok(p.cache.Set(p.ctx, "key", []byte("value"), p.short()), "Set")
			var last error
			p.expire(p.short(), func() bool {
				last = a.ask(p, "key")
				return last != nil
			})
			p.bare(last, ctxcache.ErrMiss, a.name+" of an expired key")
		}),
		per(askers, "Miss/Negative",
			"a negative entry is ErrNotFound, returned bare", ctxcache.CapNegative,
			func(p *probe, a asker) {
				p.setNegative("key")
				p.bare(a.ask(p, "key"), ctxcache.ErrNotFound, a.name+" of a negative entry")
			}),
	)
}
