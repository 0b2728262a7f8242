package cachetest

import (
	"context"
	"errors"
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

const unsupportedRule = "a call without the capability, and without a fallback, is ErrUnsupported and has no effect; " +
	"from a package function it names the layer that refuses, and from a method it is bare"

// unsupportedCases are about the package functions for a capability that the cache lacks.
func unsupportedCases() []Case {
	var cases []Case
	for _, t := range trials {
		if t.needs == 0 {
			continue
		}
		cases = append(cases, Case{
			Name:  "Unsupported/" + string(t.operation),
			Rule:  unsupportedRule,
			lacks: t.needs,
			run:   func(p *probe) { p.unsupported(t.prepare(p), string(t.operation)) },
		})
	}
	return append(slices.Concat(cases, unsupportedScopeCases(), unsupportedNegativeCases()), Case{
		Name:  "Unsupported/entry",
		Rule:  "a cache that does not know remaining lives reports Unknown",
		lacks: ctxcache.CapEntry,
		run: func(p *probe) {
			p.set("key", "value")
			p.reportsTTL("key", ctxcache.Unknown)
		},
	})
}

// unsupported ends the case if the call of a package function does not return ErrUnsupported, or if it has an effect.
func (p *probe) unsupported(call func(context.Context) error, what string) {
	p.Helper()
	p.set(held, "old")
	p.is(call(p.ctx), errors.ErrUnsupported, what)
	p.holds(held, "old")
	p.empty(free)
}

// unsupportedScopeCases are about scopes that Supports does not report. The package function must answer ErrUnsupported
// in such a scope. So must the method, if the cache supports it in another scope.
func unsupportedScopeCases() []Case {
	var cases []Case
	for _, s := range []struct {
		name  string
		scope scope
	}{
		{"Whole", scope{}},
		{"Prefix", scope{Prefix: held}},
		{"Match", scope{Match: func(key string) bool { return key == held }}},
	} {
		for _, o := range scopers {
			cases = append(cases, Case{
				Name:  "Unsupported/" + string(o.operation) + "/" + s.name,
				Rule:  unsupportedRule + "; this is also true in a scope that Supports does not report",
				lacks: o.needs.In(scopesOf(s.scope)),
				run: func(p *probe) {
					p.unsupported(func(ctx context.Context) error { return o.call(ctx, p, s.scope) }, string(o.operation))
					if p.caps.Has(o.needs) {
						p.unsupported(func(ctx context.Context) error {
							err := o.direct(ctx, p, s.scope)
							p.bare(err, errors.ErrUnsupported, string(o.operation)+" itself")
							return err
						}, string(o.operation)+" itself")
					}
				},
			})
		}
	}
	return cases
}

// scoper is an operation that takes a scope.
type scoper struct {
	operation ctxcache.Operation
	needs     ctxcache.Cap
	call      func(ctx context.Context, p *probe, s scope) error // by the package function
	direct    func(ctx context.Context, p *probe, s scope) error // by the method
}

var scopers = []scoper{
	{
		ctxcache.OpLen, ctxcache.CapLen,
		func(ctx context.Context, p *probe, s scope) error {
			_, err := ctxcache.LenIn(ctx, p.cache, s)
			return err
		},
		func(ctx context.Context, p *probe, s scope) error {
			_, err := p.cache.(ctxcache.LenCache[string]).Len(ctx, s)
			return err
		},
	},
	{
		ctxcache.OpClear, ctxcache.CapClear,
		func(ctx context.Context, p *probe, s scope) error { return ctxcache.ClearIn(ctx, p.cache, s) },
		func(ctx context.Context, p *probe, s scope) error {
			return p.cache.(ctxcache.ClearCache[string]).Clear(ctx, s)
		},
	},
	{
		ctxcache.OpKeys, ctxcache.CapKeys,
		func(ctx context.Context, p *probe, s scope) error { return lastError(ctxcache.KeysIn(ctx, p.cache, s)) },
		func(ctx context.Context, p *probe, s scope) error {
			return lastError(p.cache.(ctxcache.KeysCache[string]).Keys(ctx, s))
		},
	},
}

// unsupportedNegativeCases are about negative entries in a cache that cannot store them.
func unsupportedNegativeCases() []Case {
	var cases []Case
	for _, w := range wholeWriters() {
		cases = append(cases, Case{
			Name:  "Unsupported/negative/" + w.name,
			Rule:  unsupportedRule,
			needs: w.needs,
			lacks: ctxcache.CapNegative,
			run: func(p *probe) {
				p.set("key", "old")
				p.is(w.write(p, "key", aNegative(hour)), errors.ErrUnsupported, w.name+" of a negative entry")
				p.holds("key", "old")
			},
		})
	}
	mixed := map[string]entry{"key": ctxcache.NewEntry([]byte("value"), hour), "gone": aNegative(hour)}
	return append(cases, Case{
		Name:  "Unsupported/negative/mixed",
		Rule:  unsupportedRule,
		lacks: ctxcache.CapNegative,
		run: func(p *probe) {
			err := ctxcache.SetEntries(p.ctx, p.cache, mixed)
			p.is(err, errors.ErrUnsupported, "SetEntries with a negative entry")
			p.empty("key")
		},
	}, Case{
		Name:  "Unsupported/negative/mixed_fill",
		Rule:  unsupportedRule,
		needs: ctxcache.CapLease,
		lacks: ctxcache.CapNegative,
		run: func(p *probe) {
			leases := p.leases("key", "gone")
			err := ctxcache.FillMany(p.ctx, p.cache, mixed, leases)
			p.is(err, errors.ErrUnsupported, "FillMany with a negative entry")
			p.empty("key")
			p.fill("key", leases["key"], "value")
		},
	})
}
