package cachetest

import (
	"context"
	"errors"
	"iter"

	"github.com/ctxcache/cached/ctxcache"
)

// The keys that a trial is about: there is a value under held, and free is absent.
const held, free = "held", "free"

// trial calls one operation on a cache in which held has a value.
type trial struct {
	operation Operation
	needs     ctxcache.Op
	// prepare does what has to come before, and returns the call.
	prepare func(p *probe) func(ctx context.Context) error
}

func (t trial) label() string         { return string(t.operation) }
func (t trial) required() ctxcache.Op { return t.needs }

// trials has every operation.
var trials = []trial{
	{Get, 0, call(func(ctx context.Context, p *probe) error {
		_, err := p.cache.Get(ctx, held)
		return err
	})},
	{Set, 0, call(func(ctx context.Context, p *probe) error {
		return p.cache.Set(ctx, held, []byte("new"), hour)
	})},
	{Delete, 0, call(func(ctx context.Context, p *probe) error {
		return p.cache.Delete(ctx, held)
	})},
	{Contains, 0, call(func(ctx context.Context, p *probe) error {
		_, err := ctxcache.Contains(ctx, p.cache, held)
		return err
	})},
	{Remove, ctxcache.OpRemove, call(func(ctx context.Context, p *probe) error {
		_, err := ctxcache.Remove(ctx, p.cache, held)
		return err
	})},
	{GetEntry, 0, call(func(ctx context.Context, p *probe) error {
		_, err := ctxcache.GetEntry(ctx, p.cache, held)
		return err
	})},
	{SetEntry, 0, call(func(ctx context.Context, p *probe) error {
		return ctxcache.SetEntry(ctx, p.cache, held, entry{Value: []byte("new"), TTL: hour})
	})},
	{GetEntries, 0, call(func(ctx context.Context, p *probe) error {
		_, err := ctxcache.GetEntries(ctx, p.cache, []string{held, free})
		return err
	})},
	{SetEntries, 0, call(func(ctx context.Context, p *probe) error {
		e := entry{Value: []byte("new"), TTL: hour}
		return ctxcache.SetEntries(ctx, p.cache, map[string]entry{held: e, free: e})
	})},
	{DeleteMany, 0, call(func(ctx context.Context, p *probe) error {
		return ctxcache.DeleteMany(ctx, p.cache, []string{held, free})
	})},
	{GetLease, ctxcache.OpLease, call(func(ctx context.Context, p *probe) error {
		_, l, err := ctxcache.GetLease(ctx, p.cache, free, 0)
		if l != nil {
			return errors.Join(err, l.Release(ctx))
		}
		return err
	})},
	{GetLeases, ctxcache.OpLease, call(func(ctx context.Context, p *probe) error {
		_, leases, err := ctxcache.GetLeases(ctx, p.cache, []string{held, free}, 0)
		if l := leases[free]; l != nil {
			return errors.Join(err, l.Release(ctx))
		}
		return err
	})},
	{Fill, ctxcache.OpLease, func(p *probe) func(context.Context) error {
		l := p.lease(free, 0)
		return func(ctx context.Context) error { return l.Fill(ctx, entry{Value: []byte("new"), TTL: hour}) }
	}},
	{Release, ctxcache.OpLease, func(p *probe) func(context.Context) error {
		return p.lease(free, 0).Release
	}},
	{Len, ctxcache.OpLen, call(func(ctx context.Context, p *probe) error {
		_, err := ctxcache.Len(ctx, p.cache)
		return err
	})},
	{Clear, ctxcache.OpClear, call(func(ctx context.Context, p *probe) error {
		return ctxcache.Clear(ctx, p.cache)
	})},
	{Keys, ctxcache.OpKeys, call(func(ctx context.Context, p *probe) error {
		return lastError(ctxcache.Keys(ctx, p.cache))
	})},
	{Watch, ctxcache.OpWatch, call(func(ctx context.Context, p *probe) error {
		return ctxcache.Watch(ctx, p.cache, func(ctxcache.Event) {})
	})},
	{Stats, ctxcache.OpStats, call(func(ctx context.Context, p *probe) error {
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

// lastError returns the error that ends the iteration, if one does.
func lastError(keys iter.Seq2[string, error]) error {
	var last error
	for _, err := range keys {
		last = err
	}
	return last
}
