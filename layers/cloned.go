package layers

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Cloned returns inner with values copied by clone, on the way in and on the way out, for those who must modify what
// they got from a cache, or gave to one. A copy shares nothing with the original that either side may modify. Where V
// can be nil, clone must take that, too.
func Cloned[K comparable, V any](inner ctxcache.Cache[K, V], clone func(V) V) ctxcache.Cache[K, V] {
	need("Cloned", "an inner cache", inner != nil)
	need("Cloned", "a function that copies values", clone != nil)
	return &cloned[K, V]{Forward: ctxcache.NewForward(inner), clone: clone}
}

type cloned[K comparable, V any] struct {
	ctxcache.Forward[K, V]
	clone func(V) V
}

func (c *cloned[K, V]) Get(ctx context.Context, key K) (V, error) {
	value, err := c.Forward.Get(ctx, key)
	if err != nil {
		return value, err
	}
	return c.clone(value), nil
}

func (c *cloned[K, V]) GetEntry(ctx context.Context, key K) (ctxcache.Entry[V], error) {
	entry, err := c.Forward.GetEntry(ctx, key)
	if err != nil {
		return entry, err
	}
	return c.entry(entry), nil
}

func (c *cloned[K, V]) GetEntries(ctx context.Context, keys []K) (map[K]ctxcache.Entry[V], error) {
	found, err := c.Forward.GetEntries(ctx, keys)
	return c.entries(found), err
}

func (c *cloned[K, V]) GetLease(
	ctx context.Context, key K, refreshBelow time.Duration,
) (ctxcache.Entry[V], ctxcache.Lease[V], error) {
	entry, lease, err := c.Forward.GetLease(ctx, key, refreshBelow)
	if err == nil {
		entry = c.entry(entry)
	}
	return entry, c.lease(key, lease), err
}

func (c *cloned[K, V]) GetLeases(
	ctx context.Context, keys []K, refreshBelow time.Duration,
) (map[K]ctxcache.Entry[V], map[K]ctxcache.Lease[V], error) {
	found, leases, err := c.Forward.GetLeases(ctx, keys, refreshBelow)
	return c.entries(found), wrapLeases(leases, c.lease), err
}

func (c *cloned[K, V]) Set(ctx context.Context, key K, value V, ttl time.Duration) error {
	return c.Forward.Set(ctx, key, c.clone(value), ttl)
}

func (c *cloned[K, V]) SetEntry(ctx context.Context, key K, e ctxcache.Entry[V]) error {
	return c.Forward.SetEntry(ctx, key, c.entry(e))
}

func (c *cloned[K, V]) SetEntries(ctx context.Context, entries map[K]ctxcache.Entry[V]) error {
	return c.Forward.SetEntries(ctx, c.entries(entries))
}

// entry returns e with a copy of its value, if it has one.
func (c *cloned[K, V]) entry(e ctxcache.Entry[V]) ctxcache.Entry[V] {
	if !e.Absent {
		e.Value = c.clone(e.Value)
	}
	return e
}

func (c *cloned[K, V]) entries(entries map[K]ctxcache.Entry[V]) map[K]ctxcache.Entry[V] {
	if entries == nil {
		return nil
	}
	copies := make(map[K]ctxcache.Entry[V], len(entries))
	for key, e := range entries {
		copies[key] = c.entry(e)
	}
	return copies
}

// lease returns lease filled with copies; nil stays nil.
func (c *cloned[K, V]) lease(_ K, lease ctxcache.Lease[V]) ctxcache.Lease[V] {
	if lease == nil {
		return nil
	}
	return &clonedLease[K, V]{Lease: lease, layer: c}
}

type clonedLease[K comparable, V any] struct {
	ctxcache.Lease[V]
	layer *cloned[K, V]
}

func (l *clonedLease[K, V]) Fill(ctx context.Context, e ctxcache.Entry[V]) error {
	return l.Lease.Fill(ctx, l.layer.entry(e))
}
