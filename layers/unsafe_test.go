package layers_test

import (
	"context"
	"iter"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// unsafeCache is a cache that must not be used by two goroutines at once: neither it nor its leases. It panics
// when it notices that it is, and with the race detector it always does.
type unsafeCache[K comparable, V any] struct {
	ctxcache.Forward[K, V]
	uses int         // a data race, unless somebody locks
	busy atomic.Bool // what can be noticed without the race detector
}

func newUnsafe[K comparable, V any](inner ctxcache.Cache[K, V]) *unsafeCache[K, V] {
	return &unsafeCache[K, V]{Forward: ctxcache.NewForward(inner)}
}

// use begins a use, and returns what ends it.
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
) (ctxcache.Entry[V], ctxcache.Lease[V], error) {
	defer c.use()()
	entry, lease, err := c.Forward.GetLease(ctx, key, refreshBelow)
	return entry, c.lease(lease), err
}

func (c *unsafeCache[K, V]) GetLeases(
	ctx context.Context, keys []K, refreshBelow time.Duration,
) (map[K]ctxcache.Entry[V], map[K]ctxcache.Lease[V], error) {
	defer c.use()()
	found, leases, err := c.Forward.GetLeases(ctx, keys, refreshBelow)
	for key, lease := range leases {
		leases[key] = c.lease(lease)
	}
	return found, leases, err
}

func (c *unsafeCache[K, V]) lease(lease ctxcache.Lease[V]) ctxcache.Lease[V] {
	if lease == nil {
		return nil
	}
	return unsafeLease[K, V]{lease, c}
}

type unsafeLease[K comparable, V any] struct {
	ctxcache.Lease[V]
	cache *unsafeCache[K, V]
}

func (l unsafeLease[K, V]) Fill(ctx context.Context, e ctxcache.Entry[V]) error {
	defer l.cache.use()()
	return l.Lease.Fill(ctx, e)
}

func (l unsafeLease[K, V]) Release(ctx context.Context) error {
	defer l.cache.use()()
	return l.Lease.Release(ctx)
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
	mustSet(t, c, "key", 1)
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
