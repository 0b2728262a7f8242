package cachetest

import (
	"errors"
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// capability ties a bit to the interface that it promises.
type capability struct {
	op          ctxcache.Op
	implemented func(c ctxcache.Cache[string, []byte]) bool
}

func (c capability) label() string         { return c.op.String() }
func (c capability) required() ctxcache.Op { return c.op }

// is reports whether c has interface I.
func is[I any](c ctxcache.Cache[string, []byte]) bool {
	_, ok := c.(I)
	return ok
}

var capabilities = []capability{
	{ctxcache.OpContains, is[ctxcache.Container[string]]},
	{ctxcache.OpRemove, is[ctxcache.Remover[string]]},
	{ctxcache.OpEntry, is[ctxcache.EntryCache[string, []byte]]},
	{ctxcache.OpMany, is[ctxcache.ManyCache[string, []byte]]},
	{ctxcache.OpLease, is[ctxcache.LeaseCache[string, []byte]]},
	{ctxcache.OpLen, is[ctxcache.Sizer[string]]},
	{ctxcache.OpClear, is[ctxcache.Clearer[string]]},
	{ctxcache.OpLenAll, is[ctxcache.Sizer[string]]},
	{ctxcache.OpClearAll, is[ctxcache.Clearer[string]]},
	{ctxcache.OpKeys, is[ctxcache.KeyLister[string]]},
	{ctxcache.OpWatch, is[ctxcache.Watcher[string]]},
	{ctxcache.OpStats, is[ctxcache.StatsReporter]},
}

// supportsCases are about whether Supports tells the truth.
func supportsCases() []Case {
	ending := slices.DeleteFunc(slices.Clone(trials), func(t trial) bool { return t.operation == Watch })
	return slices.Concat(
		per(capabilities, "Supports/Implemented", "a capability that Supports tells of comes with its interface", 0,
			func(p *probe, c capability) {
				if !c.implemented(p.cache) {
					p.stops("Supports tells of %s, but the cache lacks the interface", c.op)
				}
			}),
		per(ending, "Supports/Works", "what Supports tells of is not ErrUnsupported", 0, func(p *probe, t trial) {
			p.set(held, "value")
			if err := t.prepare(p)(p.ctx); errors.Is(err, errors.ErrUnsupported) {
				p.stops("%s: %v, though Supports tells of it", t.operation, err)
			}
		}),
		[]Case{
			{Name: "Supports/Constant", Rule: "capabilities are constant", run: func(p *probe) {
				before := ctxcache.Supports(p.cache)
				p.set("key", "value")
				p.holds("key", "value")
				p.ok(p.cache.Delete(p.ctx, "key"), "Delete")
				if after := ctxcache.Supports(p.cache); after != before {
					p.stops("Supports tells %s first, and %s then", before, after)
				}
			}},
			{
				Name:  "Supports/LenAll",
				Rule:  "OpLenAll is the Len of everything",
				needs: ctxcache.OpLenAll,
				run: func(p *probe) {
					p.set("key", "value")
					n, err := ctxcache.Len(p.ctx, p.cache)
					p.ok(err, "Len")
					if n != 1 {
						p.stops("Len is %d with one value", n)
					}
				},
			},
			{
				Name:  "Supports/ClearAll",
				Rule:  "OpClearAll is a Clear of everything",
				needs: ctxcache.OpClearAll,
				run: func(p *probe) {
					p.set("key", "value")
					p.ok(ctxcache.Clear(p.ctx, p.cache), "Clear")
					p.empty("key")
				},
			},
			{
				Name:  "Supports/Shared",
				Rule:  "OpLeaseShared comes with OpLease",
				needs: ctxcache.OpLeaseShared,
				run: func(p *probe) {
					if !p.ops.Has(ctxcache.OpLease) {
						p.stops("Supports tells of shared leases without leases: %s", p.ops)
					}
				},
			},
		},
	)
}
