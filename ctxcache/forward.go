package ctxcache

import (
	"context"
	"iter"
	"time"
)

// Forward is the base of layers that change neither keys nor values: it passes every operation and every
// capability on to the inner cache. A layer embeds it and overrides what it changes. Mind all ways to write,
// and all ways to read: a layer that counts reads overrides Get, GetEntry, GetEntries, GetLease and GetLeases.
//
// There is no way to the inner cache from outside: going round a layer would skip what it is there for.
type Forward[K comparable, V any] struct {
	inner Cache[K, V]
	ops   Op
}

// NewForward returns a Forward to inner. It panics if inner is nil.
func NewForward[K comparable, V any](inner Cache[K, V]) Forward[K, V] {
	if inner == nil {
		panic("ctxcache: NewForward of a nil cache")
	}
	return Forward[K, V]{inner: inner, ops: Supports(inner)}
}

// Get is the inner cache's.
func (f Forward[K, V]) Get(ctx context.Context, key K) (V, error) { return f.inner.Get(ctx, key) }

// Set is the inner cache's.
func (f Forward[K, V]) Set(ctx context.Context, key K, value V, ttl time.Duration) error {
	return f.inner.Set(ctx, key, value, ttl)
}

// Delete is the inner cache's.
func (f Forward[K, V]) Delete(ctx context.Context, key K) error { return f.inner.Delete(ctx, key) }

// Contains is the inner cache's, see [Contains].
func (f Forward[K, V]) Contains(ctx context.Context, key K) (bool, error) {
	return Contains(ctx, f.inner, key)
}

// Remove is the inner cache's, see [Remove].
func (f Forward[K, V]) Remove(ctx context.Context, key K) (was bool, err error) {
	return Remove(ctx, f.inner, key)
}

// GetEntry is the inner cache's, see [GetEntry].
func (f Forward[K, V]) GetEntry(ctx context.Context, key K) (Entry[V], error) {
	return GetEntry(ctx, f.inner, key)
}

// SetEntry is the inner cache's, see [SetEntry].
func (f Forward[K, V]) SetEntry(ctx context.Context, key K, e Entry[V]) error {
	return SetEntry(ctx, f.inner, key, e)
}

// GetEntries is the inner cache's, see [GetEntries].
func (f Forward[K, V]) GetEntries(ctx context.Context, keys []K) (map[K]Entry[V], error) {
	return GetEntries(ctx, f.inner, keys)
}

// SetEntries is the inner cache's, see [SetEntries].
func (f Forward[K, V]) SetEntries(ctx context.Context, entries map[K]Entry[V]) error {
	return SetEntries(ctx, f.inner, entries)
}

// DeleteMany is the inner cache's, see [DeleteMany].
func (f Forward[K, V]) DeleteMany(ctx context.Context, keys []K) error {
	return DeleteMany(ctx, f.inner, keys)
}

// GetLease is the inner cache's, see [GetLease].
func (f Forward[K, V]) GetLease(ctx context.Context, key K, refreshBelow time.Duration) (Entry[V], Lease[V], error) {
	return GetLease(ctx, f.inner, key, refreshBelow)
}

// GetLeases is the inner cache's, see [GetLeases].
func (f Forward[K, V]) GetLeases(ctx context.Context, keys []K, refreshBelow time.Duration) (map[K]Entry[V], map[K]Lease[V], error) {
	return GetLeases(ctx, f.inner, keys, refreshBelow)
}

// Len is the inner cache's, see [LenIn].
func (f Forward[K, V]) Len(ctx context.Context, scope Scope[K]) (int, error) {
	return LenIn(ctx, f.inner, scope)
}

// Clear is the inner cache's, see [ClearIn].
func (f Forward[K, V]) Clear(ctx context.Context, scope Scope[K]) error {
	return ClearIn(ctx, f.inner, scope)
}

// Keys is the inner cache's, see [KeysIn].
func (f Forward[K, V]) Keys(ctx context.Context, scope Scope[K]) iter.Seq2[K, error] {
	return KeysIn(ctx, f.inner, scope)
}

// Watch is the inner cache's, see [Watch].
func (f Forward[K, V]) Watch(ctx context.Context, fn func(Event)) error {
	return Watch(ctx, f.inner, fn)
}

// StoredKey is the inner cache's, see [StoredKey].
func (f Forward[K, V]) StoredKey(key K) any { return StoredKey(f.inner, key) }

// Namespace is the inner cache's, see [Namespace].
func (f Forward[K, V]) Namespace() string { return Namespace(f.inner) }

// Stats is the inner cache's, see [GetStats].
func (f Forward[K, V]) Stats(ctx context.Context) (Stats, error) { return GetStats(ctx, f.inner) }

// Supports is what the inner cache supports.
func (f Forward[K, V]) Supports() Op { return f.ops }
