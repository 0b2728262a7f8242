package cachetest

import (
	"cmp"
	"context"
	"iter"

	"github.com/ctxcache/cached/ctxcache"
)

// held and free are the keys of a trial: held has a value, and free is absent. Both contain the secret key, so that no
// error may show them.
const held, free = secretKey, "free." + secretKey

// trial calls one operation on a cache in which held has a value.
type trial struct {
	operation ctxcache.Operation
	needs     ctxcache.Cap
	// prepare does what has to happen before the call, and returns the call.
	prepare func(p *probe) func(ctx context.Context) error
}

func (t trial) label() string          { return string(t.operation) }
func (t trial) required() ctxcache.Cap { return t.needs }

// trials has every operation.
var trials = []trial{
	{ctxcache.OpGet, 0, call(func(ctx context.Context, p *probe) error {
		_, err := p.cache.Get(ctx, held)
		return err
	})},
	{ctxcache.OpSet, 0, call(func(ctx context.Context, p *probe) error {
		return p.cache.Set(ctx, held, []byte(secretValue), hour)
	})},
	{ctxcache.OpDelete, 0, call(func(ctx context.Context, p *probe) error {
		return p.cache.Delete(ctx, held)
	})},
	{ctxcache.OpContains, 0, call(func(ctx context.Context, p *probe) error {
		_, err := ctxcache.Contains(ctx, p.cache, held)
		return err
	})},
	{ctxcache.OpRemove, ctxcache.CapRemove, call(func(ctx context.Context, p *probe) error {
		_, err := ctxcache.Remove(ctx, p.cache, held)
		return err
	})},
	{ctxcache.OpGetEntry, 0, call(func(ctx context.Context, p *probe) error {
		_, err := ctxcache.GetEntry(ctx, p.cache, held)
		return err
	})},
	{ctxcache.OpSetEntry, 0, call(func(ctx context.Context, p *probe) error {
		return ctxcache.SetEntry(ctx, p.cache, held, ctxcache.NewEntry([]byte(secretValue), hour))
	})},
	{ctxcache.OpGetEntries, 0, call(func(ctx context.Context, p *probe) error {
		_, err := ctxcache.GetEntries(ctx, p.cache, []string{held, free})
		return err
	})},
	{ctxcache.OpSetEntries, 0, call(func(ctx context.Context, p *probe) error {
		e := ctxcache.NewEntry([]byte(secretValue), hour)
		return ctxcache.SetEntries(ctx, p.cache, map[string]entry{held: e, free: e})
	})},
	{ctxcache.OpDeleteMany, 0, call(func(ctx context.Context, p *probe) error {
		return ctxcache.DeleteMany(ctx, p.cache, []string{held, free})
	})},
	{ctxcache.OpGetLease, ctxcache.CapLease, call(func(ctx context.Context, p *probe) error {
		_, l, err := ctxcache.GetLease(ctx, p.cache, free, 0)
		return cmp.Or(err, giveBack(ctx, p, l))
	})},
	{ctxcache.OpGetLeases, ctxcache.CapLease, call(func(ctx context.Context, p *probe) error {
		_, leases, err := ctxcache.GetLeases(ctx, p.cache, []string{held, free}, 0)
		return cmp.Or(err, giveBack(ctx, p, leases[free]))
	})},
	{ctxcache.OpFill, ctxcache.CapLease, leased(func(ctx context.Context, p *probe, l lease) error {
		return ctxcache.Fill(ctx, p.cache, free, l, ctxcache.NewEntry([]byte(secretValue), hour))
	})},
	{ctxcache.OpFillMany, ctxcache.CapLease, leased(func(ctx context.Context, p *probe, l lease) error {
		entries := map[string]entry{free: ctxcache.NewEntry([]byte(secretValue), hour)}
		return ctxcache.FillMany(ctx, p.cache, entries, map[string]lease{free: l})
	})},
	{ctxcache.OpRelease, ctxcache.CapLease, leased(func(ctx context.Context, p *probe, l lease) error {
		return ctxcache.Release(ctx, p.cache, free, l)
	})},
	{ctxcache.OpReleaseMany, ctxcache.CapLease, leased(func(ctx context.Context, p *probe, l lease) error {
		return ctxcache.ReleaseMany(ctx, p.cache, map[string]lease{free: l})
	})},
	{ctxcache.OpDrop, ctxcache.CapLease, leased(func(ctx context.Context, p *probe, l lease) error {
		return ctxcache.Drop(ctx, p.cache, free, l)
	})},
	{ctxcache.OpLen, ctxcache.CapLen.In(ctxcache.ScopesWhole), call(func(ctx context.Context, p *probe) error {
		_, err := ctxcache.Len(ctx, p.cache)
		return err
	})},
	{ctxcache.OpClear, ctxcache.CapClear.In(ctxcache.ScopesWhole), call(func(ctx context.Context, p *probe) error {
		return ctxcache.Clear(ctx, p.cache)
	})},
	{ctxcache.OpKeys, ctxcache.CapKeys.In(ctxcache.ScopesWhole), call(func(ctx context.Context, p *probe) error {
		return lastError(ctxcache.Keys(ctx, p.cache))
	})},
	{ctxcache.OpWatch, ctxcache.CapWatch, call(func(ctx context.Context, p *probe) error {
		return ctxcache.Watch(ctx, p.cache, func(ctxcache.Event) {})
	})},
	{ctxcache.OpStats, ctxcache.CapStats, call(func(ctx context.Context, p *probe) error {
		_, err := ctxcache.GetStats(ctx, p.cache)
		return err
	})},
}

// call is a trial that needs no preparation.
func call(f func(context.Context, *probe) error) func(p *probe) func(context.Context) error {
	return func(p *probe) func(context.Context) error {
		return func(ctx context.Context) error { return f(ctx, p) }
	}
}

// leased is a trial of an operation that uses a lease on free. If the cache has no leases, the trial uses the zero
// Lease.
func leased(f func(context.Context, *probe, lease) error) func(p *probe) func(context.Context) error {
	return func(p *probe) func(context.Context) error {
		var l lease
		if p.caps.Has(ctxcache.CapLease) {
			l = p.lease(free, 0)
		}
		return func(ctx context.Context) error { return f(ctx, p, l) }
	}
}

// spends reports whether the operation uses a lease. A lease can be used only once.
func (t trial) spends() bool {
	switch t.operation {
	case ctxcache.OpFill, ctxcache.OpFillMany, ctxcache.OpRelease, ctxcache.OpReleaseMany, ctxcache.OpDrop:
		return true
	}
	return false
}

// giveBack releases l, a lease on free, if it was granted. It is not an error if others have ended the lease.
func giveBack(ctx context.Context, p *probe, l lease) error {
	if !l.Granted() {
		return nil
	}
	err := ctxcache.Release(ctx, p.cache, free, l)
	if err == ctxcache.ErrLeaseLost {
		return nil
	}
	return err
}

// lastError returns the error that ends the iteration, or nil.
func lastError(keys iter.Seq2[string, error]) error {
	var last error
	for _, err := range keys {
		last = err
	}
	return last
}
