package cachetest

import (
	"errors"
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// capability ties a bit to the interface that it promises.
type capability struct {
	one         ctxcache.Cap
	implemented func(c ctxcache.Cache[string, []byte]) bool
}

func (c capability) label() string          { return c.one.String() }
func (c capability) required() ctxcache.Cap { return c.one }

// is reports whether c has interface I.
func is[I any](c ctxcache.Cache[string, []byte]) bool {
	_, ok := c.(I)
	return ok
}

var capabilities = []capability{
	{ctxcache.CapContains, is[ctxcache.ContainsCache[string]]},
	{ctxcache.CapRemove, is[ctxcache.RemoveCache[string]]},
	{ctxcache.CapEntry, is[ctxcache.EntryCache[string, []byte]]},
	{ctxcache.CapMany, is[ctxcache.ManyCache[string, []byte]]},
	{ctxcache.CapLease, is[ctxcache.LeaseCache[string, []byte]]},
	{ctxcache.CapLen, is[ctxcache.LenCache[string]]},
	{ctxcache.CapClear, is[ctxcache.ClearCache[string]]},
	{ctxcache.CapKeys, is[ctxcache.KeysCache[string]]},
	{ctxcache.CapWatch, is[ctxcache.WatchCache[string]]},
	{ctxcache.CapStats, is[ctxcache.StatsCache]},
}

// supportsCases are about whether Supports reports the truth.
func supportsCases() []Case {
	ending := slices.DeleteFunc(slices.Clone(trials), func(t trial) bool { return t.operation == ctxcache.OpWatch })
	return slices.Concat(
		per(capabilities, "Supports/Implemented", "a capability that Supports reports comes with its interface", 0,
			func(p *probe, c capability) {
				if !c.implemented(p.cache) {
					p.stops("Supports reports %s, but the cache lacks the interface", c.one)
				}
			}),
		per(ending, "Supports/Works", "an operation whose capability Supports reports is not ErrUnsupported", 0, func(p *probe, t trial) {
			p.set(held, "value")
			if err := t.prepare(p)(p.ctx); errors.Is(err, errors.ErrUnsupported) {
				p.stops("%s: %v, though Supports reports it", t.operation, err)
			}
		}),
		[]Case{
			{Name: "Supports/Constant", Rule: "capabilities are constant", run: func(p *probe) {
				before := ctxcache.Supports(p.cache)
				p.set("key", "value")
				p.holds("key", "value")
				p.ok(p.cache.Delete(p.ctx, "key"), "Delete")
				if after := ctxcache.Supports(p.cache); after != before {
					p.stops("Supports reports %s first, and then %s", before, after)
				}
			}},
			{
				Name:  "Supports/Shared",
				Rule:  "CapLeaseShared comes with CapLease",
				needs: ctxcache.CapLeaseShared,
				run: func(p *probe) {
					if !p.caps.Has(ctxcache.CapLease) {
						p.stops("Supports reports shared leases without leases: %s", p.caps)
					}
				},
			},
		},
	)
}
