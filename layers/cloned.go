package layers

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// Cloned returns a cache that copies every value with clone before it stores it in inner, and again before it returns
// it. It is for callers that modify values which they gave to a cache or got from one. The copy that clone returns must
// share nothing with the original that either side may modify. If V can be nil, clone must accept nil. Clone may be
// called concurrently.
//
// Callers that share one load, or one far read of two levels, get copies, too: the layers above find clone by
// [ctxcache.CloneFunc].
func Cloned[K comparable, V any](inner ctxcache.Cache[K, V], clone func(V) V) ctxcache.Cache[K, V] {
	need("Cloned", "an inner cache", inner != nil)
	need("Cloned", "a function that copies values", clone != nil)
	hooks := sameKeys[K, V, V](ctxcache.Description{Kind: "cloned"})
	hooks.Encode = func(_ K, value V) (V, error) { return clone(value), nil }
	hooks.Decode = hooks.Encode
	return &cloned[K, V]{
		Mapped:  ctxcache.NewMapped(inner, hooks),
		inner:   inner,
		entries: ctxcache.Entries(inner),
		clone:   clone,
	}
}

type cloned[K comparable, V any] struct {
	ctxcache.Mapped[K, V, K, V]
	inner   ctxcache.Cache[K, V]
	entries ctxcache.EntryCache[K, V] // inner, for GetEntry
	clone   func(V) V
}

// CloneFunc returns the function that copies values.
func (c *cloned[K, V]) CloneFunc() func(V) V { return c.clone }

// Get and GetEntry do not use Mapped: with its hooks a hit of the memory cache takes half as long again.
func (c *cloned[K, V]) Get(ctx context.Context, key K) (V, error) {
	value, err := c.inner.Get(ctx, key)
	if err != nil {
		return value, err
	}
	return c.clone(value), nil
}

func (c *cloned[K, V]) GetEntry(ctx context.Context, key K) (e ctxcache.Entry[V], err error) {
	if e, err = c.entries.GetEntry(ctx, key); err == nil {
		e.Value = c.clone(e.Value)
	}
	return e, err
}
