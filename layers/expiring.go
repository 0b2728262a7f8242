package layers

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// Expiring returns a cache that changes the TTL of every entry it writes to inner, as expiry says: by Set, SetEntry,
// Fill and the calls for many keys. It does not change reads, nor CopyTTL of [ctxcache.Meta], the cap on the life of
// one copy.
//
// If expiry is not valid, every call returns the error that its Validate returns, a [ctxcache.ErrOptions].
func Expiring[K comparable, V any](inner ctxcache.Cache[K, V], expiry Expiry) ctxcache.Cache[K, V] {
	need("Expiring", "an inner cache", inner != nil)
	about := ctxcache.Description{Kind: "expiring", Options: []ctxcache.Option{
		{Name: "default", Value: expiry.Default},
		{Name: "max", Value: expiry.Max},
		{Name: "jitter", Value: expiry.Jitter},
	}}
	if err := expiry.Validate(); err != nil {
		return ctxcache.Invalid[K, V](about, err, ctxcache.NodeOf(inner))
	}
	hooks := sameKeys[K, V, V](about)
	hooks.Encode, hooks.Decode = sameValue[K, V], sameValue[K, V]
	hooks.Meta = func(m ctxcache.Meta) (ctxcache.Meta, error) {
		m.TTL = expiry.life(m.TTL, m.StaleFor)
		return m, nil
	}
	return &expiring[K, V]{ctxcache.NewMapped(inner, hooks), inner, ctxcache.Entries(inner)}
}

type expiring[K comparable, V any] struct {
	ctxcache.Mapped[K, V, K, V]
	inner   ctxcache.Cache[K, V]
	entries ctxcache.EntryCache[K, V] // inner, for GetEntry
}

// Get and GetEntry do not use Mapped: its hooks would make a hit of the memory cache slower.
func (c *expiring[K, V]) Get(ctx context.Context, key K) (V, error) { return c.inner.Get(ctx, key) }

func (c *expiring[K, V]) GetEntry(ctx context.Context, key K) (ctxcache.Entry[V], error) {
	return c.entries.GetEntry(ctx, key)
}
