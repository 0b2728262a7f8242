package tracing_test

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// operation is one operation of a cache, and a call of it.
type operation struct {
	name string
	call func(ctx context.Context, c ctxcache.Cache[string, int]) error
}

var (
	get = operation{"get", func(ctx context.Context, c ctxcache.Cache[string, int]) error {
		_, err := c.Get(ctx, "ada")
		return err
	}}
	set = operation{"set", func(ctx context.Context, c ctxcache.Cache[string, int]) error {
		return c.Set(ctx, "ada", 1, time.Minute)
	}}
	del = operation{"delete", func(ctx context.Context, c ctxcache.Cache[string, int]) error {
		return c.Delete(ctx, "ada")
	}}
	contains = operation{"contains", func(ctx context.Context, c ctxcache.Cache[string, int]) error {
		_, err := c.(ctxcache.ContainsCache[string]).Contains(ctx, "ada")
		return err
	}}
	remove = operation{"remove", func(ctx context.Context, c ctxcache.Cache[string, int]) error {
		_, err := c.(ctxcache.RemoveCache[string]).Remove(ctx, "ada")
		return err
	}}
	getEntry = operation{"get_entry", func(ctx context.Context, c ctxcache.Cache[string, int]) error {
		_, err := c.(ctxcache.EntryCache[string, int]).GetEntry(ctx, "ada")
		return err
	}}
	setEntry = operation{"set_entry", func(ctx context.Context, c ctxcache.Cache[string, int]) error {
		return c.(ctxcache.EntryCache[string, int]).SetEntry(ctx, "ada", ctxcache.Entry[int]{Value: 1})
	}}
	getMany = operation{"get_entries", func(ctx context.Context, c ctxcache.Cache[string, int]) error {
		_, err := c.(ctxcache.ManyCache[string, int]).GetEntries(ctx, []string{"ada", "bob", "eve"})
		return err
	}}
	getValues = operation{"get_entries", func(ctx context.Context, c ctxcache.Cache[string, int]) error {
		_, err := ctxcache.GetMany(ctx, c, []string{"ada", "bob", "eve"})
		return err
	}}
	setMany = operation{"set_entries", func(ctx context.Context, c ctxcache.Cache[string, int]) error {
		return c.(ctxcache.ManyCache[string, int]).SetEntries(ctx, map[string]ctxcache.Entry[int]{"ada": {Value: 1}})
	}}
	deleteMany = operation{"delete_many", func(ctx context.Context, c ctxcache.Cache[string, int]) error {
		return c.(ctxcache.ManyCache[string, int]).DeleteMany(ctx, []string{"ada", "bob"})
	}}
	lease = operation{"get_lease", func(ctx context.Context, c ctxcache.Cache[string, int]) error {
		_, _, err := c.(ctxcache.LeaseCache[string, int]).GetLease(ctx, "ada", 0)
		return err
	}}
	leaseMany = operation{"get_leases", func(ctx context.Context, c ctxcache.Cache[string, int]) error {
		_, _, err := c.(ctxcache.LeaseCache[string, int]).GetLeases(ctx, []string{"ada", "bob", "eve"}, 0)
		return err
	}}
	fill = operation{"fill", func(ctx context.Context, c ctxcache.Cache[string, int]) error {
		return c.(ctxcache.LeaseCache[string, int]).Fill(ctx, "ada", ctxcache.Lease{}, ctxcache.Entry[int]{Value: 1})
	}}
	fillMany = operation{"fill_many", func(ctx context.Context, c ctxcache.Cache[string, int]) error {
		return c.(ctxcache.LeaseCache[string, int]).FillMany(ctx, map[string]ctxcache.Entry[int]{"ada": {Value: 1}}, nil)
	}}
	release = operation{"release", func(ctx context.Context, c ctxcache.Cache[string, int]) error {
		return c.(ctxcache.LeaseCache[string, int]).Release(ctx, "ada", ctxcache.Lease{})
	}}
	releaseMany = operation{"release_many", func(ctx context.Context, c ctxcache.Cache[string, int]) error {
		return c.(ctxcache.LeaseCache[string, int]).ReleaseMany(ctx, map[string]ctxcache.Lease{"ada": {}})
	}}
	drop = operation{"drop", func(ctx context.Context, c ctxcache.Cache[string, int]) error {
		return c.(ctxcache.LeaseCache[string, int]).Drop(ctx, "ada", ctxcache.Lease{})
	}}
	length = operation{"len", func(ctx context.Context, c ctxcache.Cache[string, int]) error {
		_, err := c.(ctxcache.LenCache[string]).Len(ctx, ctxcache.Scope[string]{})
		return err
	}}
	wipe = operation{"clear", func(ctx context.Context, c ctxcache.Cache[string, int]) error {
		return c.(ctxcache.ClearCache[string]).Clear(ctx, ctxcache.Scope[string]{})
	}}
	keys = operation{"keys", func(ctx context.Context, c ctxcache.Cache[string, int]) error {
		for _, err := range c.(ctxcache.KeysCache[string]).Keys(ctx, ctxcache.Scope[string]{}) {
			if err != nil {
				return err
			}
		}
		return nil
	}}
	stats = operation{"stats", func(ctx context.Context, c ctxcache.Cache[string, int]) error {
		_, err := c.(ctxcache.StatsCache).Stats(ctx)
		return err
	}}

	// all has every operation of a cache.
	all = []operation{
		get, set, del, contains, remove, getEntry, setEntry, getMany, setMany, deleteMany, lease, leaseMany,
		fill, fillMany, release, releaseMany, drop, length, wipe, keys, stats,
	}
)
