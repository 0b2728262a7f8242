package cachetest

import (
	"github.com/ctxcache/cached/ctxcache"
)

// deleter is one way to delete.
type deleter struct {
	name   string
	needs  ctxcache.Cap
	others bool // it deletes all other keys, too
	longer bool // it deletes keys that begin with the key, too
	delete func(p *probe, key string) error
}

func (d deleter) label() string          { return d.name }
func (d deleter) required() ctxcache.Cap { return d.needs }

// deleters are all ways to delete.
var deleters = []deleter{
	{name: "Delete", delete: func(p *probe, key string) error {
		return p.cache.Delete(p.ctx, key)
	}},
	{name: "Remove", needs: ctxcache.CapRemove, delete: func(p *probe, key string) error {
		_, err := ctxcache.Remove(p.ctx, p.cache, key)
		return err
	}},
	{name: "DeleteMany", delete: func(p *probe, key string) error {
		return ctxcache.DeleteMany(p.ctx, p.cache, []string{key})
	}},
	{name: "Clear", needs: ctxcache.CapClear.In(ctxcache.ScopesWhole), others: true, delete: func(p *probe, _ string) error {
		return ctxcache.Clear(p.ctx, p.cache)
	}},
	{name: "ClearPrefix", needs: ctxcache.CapClear.In(ctxcache.ScopesPrefixed), longer: true, delete: func(p *probe, key string) error {
		return ctxcache.ClearIn(p.ctx, p.cache, scope{Prefix: key})
	}},
	{name: "ClearMatch", needs: ctxcache.CapClear, delete: func(p *probe, key string) error {
		return ctxcache.ClearIn(p.ctx, p.cache, scope{Match: func(k string) bool { return k == key }})
	}},
}

// remove deletes key, which must succeed.
func (d deleter) remove(p *probe, key string) {
	p.Helper()
	p.ok(d.delete(p, key), d.name)
}
