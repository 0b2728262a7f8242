package tracing_test

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// operation is one operation of a cache, and a call of it.
type operation struct {
	name string
	call func(ctx context.Context, c ctxcache.Cache[string, []byte]) error
}

// one is the value of all entries.
var one = []byte("1")

var (
	get = operation{"get", func(ctx context.Context, c ctxcache.Cache[string, []byte]) error {
		_, err := c.Get(ctx, "ada")
		return err
	}}
	set = operation{"set", func(ctx context.Context, c ctxcache.Cache[string, []byte]) error {
		return c.Set(ctx, "ada", one, time.Minute)
	}}
	del = operation{"delete", func(ctx context.Context, c ctxcache.Cache[string, []byte]) error {
		return c.Delete(ctx, "ada")
	}}
	contains = operation{"contains", func(ctx context.Context, c ctxcache.Cache[string, []byte]) error {
		_, err := c.(ctxcache.ContainsCache[string]).Contains(ctx, "ada")
		return err
	}}
	remove = operation{"remove", func(ctx context.Context, c ctxcache.Cache[string, []byte]) error {
		_, err := c.(ctxcache.RemoveCache[string]).Remove(ctx, "ada")
		return err
	}}
	getEntry = operation{"get_entry", func(ctx context.Context, c ctxcache.Cache[string, []byte]) error {
		_, err := c.(ctxcache.EntryCache[string, []byte]).GetEntry(ctx, "ada")
		return err
	}}
	setEntry = operation{"set_entry", func(ctx context.Context, c ctxcache.Cache[string, []byte]) error {
		return c.(ctxcache.EntryCache[string, []byte]).SetEntry(ctx, "ada", ctxcache.Entry[[]byte]{Value: one})
	}}
	getMany = operation{"get_entries", func(ctx context.Context, c ctxcache.Cache[string, []byte]) error {
		_, err := c.(ctxcache.ManyCache[string, []byte]).GetEntries(ctx, []string{"ada", "bob", "eve"})
		return err
	}}
	getValues = operation{"get_entries", func(ctx context.Context, c ctxcache.Cache[string, []byte]) error {
		_, err := ctxcache.GetMany(ctx, c, []string{"ada", "bob", "eve"})
		return err
	}}
	setMany = operation{"set_entries", func(ctx context.Context, c ctxcache.Cache[string, []byte]) error {
		return c.(ctxcache.ManyCache[string, []byte]).SetEntries(ctx, map[string]ctxcache.Entry[[]byte]{"ada": {Value: one}})
	}}
	deleteMany = operation{"delete_many", func(ctx context.Context, c ctxcache.Cache[string, []byte]) error {
		return c.(ctxcache.ManyCache[string, []byte]).DeleteMany(ctx, []string{"ada", "bob"})
	}}
	lease = operation{"get_lease", func(ctx context.Context, c ctxcache.Cache[string, []byte]) error {
		_, _, err := c.(ctxcache.LeaseCache[string, []byte]).GetLease(ctx, "ada", 0)
		return err
	}}
	leaseMany = operation{"get_leases", func(ctx context.Context, c ctxcache.Cache[string, []byte]) error {
		_, _, err := c.(ctxcache.LeaseCache[string, []byte]).GetLeases(ctx, []string{"ada", "bob", "eve"}, 0)
		return err
	}}
	fill = operation{"fill", func(ctx context.Context, c ctxcache.Cache[string, []byte]) error {
		return c.(ctxcache.LeaseCache[string, []byte]).Fill(ctx, "ada", ctxcache.Lease{}, ctxcache.Entry[[]byte]{Value: one})
	}}
	fillMany = operation{"fill_many", func(ctx context.Context, c ctxcache.Cache[string, []byte]) error {
		return c.(ctxcache.LeaseCache[string, []byte]).FillMany(ctx, map[string]ctxcache.Entry[[]byte]{"ada": {Value: one}}, nil)
	}}
	release = operation{"release", func(ctx context.Context, c ctxcache.Cache[string, []byte]) error {
		return c.(ctxcache.LeaseCache[string, []byte]).Release(ctx, "ada", ctxcache.Lease{})
	}}
	releaseMany = operation{"release_many", func(ctx context.Context, c ctxcache.Cache[string, []byte]) error {
		return c.(ctxcache.LeaseCache[string, []byte]).ReleaseMany(ctx, map[string]ctxcache.Lease{"ada": {}})
	}}
	drop = operation{"drop", func(ctx context.Context, c ctxcache.Cache[string, []byte]) error {
		return c.(ctxcache.LeaseCache[string, []byte]).Drop(ctx, "ada", ctxcache.Lease{})
	}}
	length = operation{"len", func(ctx context.Context, c ctxcache.Cache[string, []byte]) error {
		_, err := c.(ctxcache.LenCache[string]).Len(ctx, ctxcache.Scope[string]{})
		return err
	}}
	wipe = operation{"clear", func(ctx context.Context, c ctxcache.Cache[string, []byte]) error {
		return c.(ctxcache.ClearCache[string]).Clear(ctx, ctxcache.Scope[string]{})
	}}
	keys = operation{"keys", func(ctx context.Context, c ctxcache.Cache[string, []byte]) error {
		for _, err := range c.(ctxcache.KeysCache[string]).Keys(ctx, ctxcache.Scope[string]{}) {
			if err != nil {
				return err
			}
		}
		return nil
	}}
	stats = operation{"stats", func(ctx context.Context, c ctxcache.Cache[string, []byte]) error {
		_, err := c.(ctxcache.StatsCache).Stats(ctx)
		return err
	}}

	// all has every operation of a cache.
	all = []operation{
		get, set, del, contains, remove, getEntry, setEntry, getMany, setMany, deleteMany, lease, leaseMany,
		fill, fillMany, release, releaseMany, drop, length, wipe, keys, stats,
	}
)
