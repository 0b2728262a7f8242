package layers_test

import (
	"context"
	"iter"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
)

// unsafeCache is a cache that must not be used by two goroutines at once. It panics when it notices that it is. With
// the race detector it always notices.
type unsafeCache[K comparable, V any] struct {
	ctxcache.Forward[K, V]
	uses int         // two users at once are a data race
	busy atomic.Bool // notices most of them without the race detector
}

func newUnsafe[K comparable, V any](inner ctxcache.Cache[K, V]) *unsafeCache[K, V] {
	return &unsafeCache[K, V]{Forward: ctxcache.NewForward(inner, ctxcache.Description{Kind: "unsafe"})}
}

// use begins a use, and returns the function that ends it.
func (c *unsafeCache[K, V]) use() (end func()) {
	if c.busy.Swap(true) {
		panic("an unsafe cache is used by two goroutines at once")
	}
	c.uses++
	return func() { c.busy.Store(false) }
}

func (c *unsafeCache[K, V]) Get(ctx context.Context, key K) (V, error) {
	defer c.use()()
	return c.Forward.Get(ctx, key)
}

func (c *unsafeCache[K, V]) Set(ctx context.Context, key K, value V, ttl time.Duration) error {
	defer c.use()()
	return c.Forward.Set(ctx, key, value, ttl)
}

func (c *unsafeCache[K, V]) Delete(ctx context.Context, key K) error {
	defer c.use()()
	return c.Forward.Delete(ctx, key)
}

func (c *unsafeCache[K, V]) Contains(ctx context.Context, key K) (bool, error) {
	defer c.use()()
	return c.Forward.Contains(ctx, key)
}

func (c *unsafeCache[K, V]) Remove(ctx context.Context, key K) (bool, error) {
	defer c.use()()
	return c.Forward.Remove(ctx, key)
}

func (c *unsafeCache[K, V]) GetEntry(ctx context.Context, key K) (ctxcache.Entry[V], error) {
	defer c.use()()
	return c.Forward.GetEntry(ctx, key)
}

func (c *unsafeCache[K, V]) SetEntry(ctx context.Context, key K, e ctxcache.Entry[V]) error {
	defer c.use()()
	return c.Forward.SetEntry(ctx, key, e)
}

func (c *unsafeCache[K, V]) GetEntries(ctx context.Context, keys []K) (map[K]ctxcache.Entry[V], error) {
	defer c.use()()
	return c.Forward.GetEntries(ctx, keys)
}

func (c *unsafeCache[K, V]) SetEntries(ctx context.Context, entries map[K]ctxcache.Entry[V]) error {
	defer c.use()()
	return c.Forward.SetEntries(ctx, entries)
}

func (c *unsafeCache[K, V]) DeleteMany(ctx context.Context, keys []K) error {
	defer c.use()()
	return c.Forward.DeleteMany(ctx, keys)
}

func (c *unsafeCache[K, V]) GetLease(
	ctx context.Context, key K, refreshBelow time.Duration,
) (ctxcache.Entry[V], ctxcache.Lease, error) {
	defer c.use()()
	return c.Forward.GetLease(ctx, key, refreshBelow)
}

func (c *unsafeCache[K, V]) GetLeases(
	ctx context.Context, keys []K, refreshBelow time.Duration,
) (map[K]ctxcache.Entry[V], map[K]ctxcache.Lease, error) {
	defer c.use()()
	return c.Forward.GetLeases(ctx, keys, refreshBelow)
}

func (c *unsafeCache[K, V]) Fill(ctx context.Context, key K, lease ctxcache.Lease, e ctxcache.Entry[V]) error {
	defer c.use()()
	return c.Forward.Fill(ctx, key, lease, e)
}

func (c *unsafeCache[K, V]) FillMany(
	ctx context.Context, entries map[K]ctxcache.Entry[V], leases map[K]ctxcache.Lease,
) error {
	defer c.use()()
	return c.Forward.FillMany(ctx, entries, leases)
}

func (c *unsafeCache[K, V]) Release(ctx context.Context, key K, lease ctxcache.Lease) error {
	defer c.use()()
	return c.Forward.Release(ctx, key, lease)
}

func (c *unsafeCache[K, V]) ReleaseMany(ctx context.Context, leases map[K]ctxcache.Lease) error {
	defer c.use()()
	return c.Forward.ReleaseMany(ctx, leases)
}

func (c *unsafeCache[K, V]) Drop(ctx context.Context, key K, lease ctxcache.Lease) error {
	defer c.use()()
	return c.Forward.Drop(ctx, key, lease)
}

func (c *unsafeCache[K, V]) Len(ctx context.Context, scope ctxcache.Scope[K]) (int, error) {
	defer c.use()()
	return c.Forward.Len(ctx, scope)
}

func (c *unsafeCache[K, V]) Clear(ctx context.Context, scope ctxcache.Scope[K]) error {
	defer c.use()()
	return c.Forward.Clear(ctx, scope)
}

func (c *unsafeCache[K, V]) Keys(ctx context.Context, scope ctxcache.Scope[K]) iter.Seq2[K, error] {
	return func(yield func(K, error) bool) {
		defer c.use()()
		c.Forward.Keys(ctx, scope)(yield)
	}
}

func (c *unsafeCache[K, V]) Stats(ctx context.Context) (ctxcache.Stats, error) {
	defer c.use()()
	return c.Forward.Stats(ctx)
}

func TestUnsafeCacheNotices(t *testing.T) {
	c := newUnsafe(newMemory[int]())
	layertest.MustSet(t, c, "key", 1)
	defer func() {
		if recover() == nil {
			t.Error("a second use at once went unnoticed")
		}
	}()
	for range ctxcache.Keys(t.Context(), c) {
		if _, err := c.Get(t.Context(), "key"); err != nil {
			t.Error(err)
		}
	}
}
