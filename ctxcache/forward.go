package ctxcache

import (
	"context"
	"errors"
	"iter"
	"time"
)

// Forward is the base of layers that change a few operations and leave the rest to the inner cache: it passes every
// operation and every capability on. A layer embeds it and overrides what it changes. Mind all ways to write, and all
// ways to read. A layer that only watches embeds [Observed] instead, and one that changes keys, values or entries embeds
// [Mapped]: these two hand every operation to one place.
//
// Forward has no method GetMany, because that would bypass a layer that overrides GetEntries only. So over such a layer
// [GetMany] calls GetEntries. A layer that changes no reads can add the method: it calls the package function GetMany
// with the inner cache. Then the layer is as fast as a [ManyGetter] under it.
//
// The capabilities of the inner cache are looked up once. That makes Forward also the handle by which a cache with
// several inner ones, such as two levels, uses each of them.
//
// Callers cannot get the inner cache from a layer: a call that bypassed the layer would miss its purpose.
type Forward[K comparable, V any] struct {
	inner Cache[K, V]
	about Description
	caps  Cap

	// Each is the inner cache, or nil if that does not support it.
	contains ContainsCache[K]
	removing RemoveCache[K]
	entry    EntryCache[K, V] // not nil without CapEntry either, see setEntry
	many     ManyCache[K, V]
	lease    LeaseCache[K, V]
	length   LenCache[K]
	clearing ClearCache[K]
	keys     KeysCache[K]
	watching WatchCache[K]
	parts    PartitionedCache[K]
	stats    StatsCache

	getter       ManyGetter[K, V]
	valuesGetter ValuesGetter[K, V]
}

// NewForward returns a Forward to inner. About describes the layer; inner is added as its child. It panics if inner is
// nil.
func NewForward[K comparable, V any](inner Cache[K, V], about Description) Forward[K, V] {
	if inner == nil {
		panic("ctxcache: a layer over a nil cache")
	}
	about.Children = []Node{NodeOf(inner)}
	entry, _ := inner.(EntryCache[K, V])
	return Forward[K, V]{
		inner:    inner,
		about:    about,
		caps:     Supports(inner),
		contains: as[ContainsCache[K]](inner, CapContains),
		removing: as[RemoveCache[K]](inner, CapRemove),
		entry:    entry,
		many:     as[ManyCache[K, V]](inner, CapMany),
		lease:    as[LeaseCache[K, V]](inner, CapLease),
		length:   as[LenCache[K]](inner, CapLen),
		clearing: as[ClearCache[K]](inner, CapClear),
		keys:     as[KeysCache[K]](inner, CapKeys),
		watching: as[WatchCache[K]](inner, CapWatch),
		parts:    partitioned(inner),
		stats:    as[StatsCache](inner, CapStats),

		getter:       as[ManyGetter[K, V]](inner, CapMany),
		valuesGetter: as[ValuesGetter[K, V]](inner, CapMany),
	}
}

// Get passes the call to the inner cache.
func (f *Forward[K, V]) Get(ctx context.Context, key K) (V, error) { return f.inner.Get(ctx, key) }

// Set passes the call to the inner cache.
func (f *Forward[K, V]) Set(ctx context.Context, key K, value V, ttl time.Duration) error {
	return f.inner.Set(ctx, key, value, ttl)
}

// Delete passes the call to the inner cache.
func (f *Forward[K, V]) Delete(ctx context.Context, key K) error { return f.inner.Delete(ctx, key) }

// Contains passes the call to the inner cache, see [Contains].
func (f *Forward[K, V]) Contains(ctx context.Context, key K) (bool, error) {
	return contains(ctx, f.inner, f.contains, key)
}

// Remove passes the call to the inner cache, see [Remove].
func (f *Forward[K, V]) Remove(ctx context.Context, key K) (was bool, err error) {
	return remove(ctx, f.removing, key)
}

// GetEntry passes the call to the inner cache, see [GetEntry].
func (f *Forward[K, V]) GetEntry(ctx context.Context, key K) (e Entry[V], err error) {
	if !f.caps.Has(CapEntry) {
		return getEntry(ctx, f.inner, nil, key)
	}
	if e, err = f.entry.GetEntry(ctx, key); err != nil { // as getEntry does, less one copy of e
		e.answered(err)
	}
	return e, err
}

// SetEntry passes the call to the inner cache, see [SetEntry].
func (f *Forward[K, V]) SetEntry(ctx context.Context, key K, e Entry[V]) error {
	return setEntry(ctx, f.inner, f.entry, f.caps, key, e)
}

// GetEntries passes the call to the inner cache, see [GetEntries].
func (f *Forward[K, V]) GetEntries(ctx context.Context, keys []K) (map[K]Entry[V], error) {
	var entries EntryCache[K, V]
	if f.caps.Has(CapEntry) {
		entries = f.entry
	}
	return getEntries(ctx, f.inner, f.many, entries, keys)
}

// SetEntries passes the call to the inner cache, see [SetEntries].
func (f *Forward[K, V]) SetEntries(ctx context.Context, entries map[K]Entry[V]) error {
	return setEntries(ctx, f.inner, f.many, f.entry, f.caps, entries)
}

// DeleteMany passes the call to the inner cache, see [DeleteMany].
func (f *Forward[K, V]) DeleteMany(ctx context.Context, keys []K) error {
	return deleteMany(ctx, f.inner, f.many, keys)
}

// GetLease passes the call to the inner cache, see [GetLease].
func (f *Forward[K, V]) GetLease(ctx context.Context, key K, refreshBelow time.Duration) (e Entry[V], lease Lease, err error) {
	if f.lease == nil { // as getLease does, less one copy of e
		return e, lease, errors.ErrUnsupported
	}
	if e, lease, err = f.lease.GetLease(ctx, key, refreshBelow); err != nil {
		e.answered(err)
	}
	return e, lease, err
}

// GetLeases passes the call to the inner cache, see [GetLeases].
func (f *Forward[K, V]) GetLeases(ctx context.Context, keys []K, refreshBelow time.Duration) (map[K]Entry[V], map[K]Lease, error) {
	return getLeases(ctx, f.lease, keys, refreshBelow)
}

// Fill passes the call to the inner cache, see [Fill].
func (f *Forward[K, V]) Fill(ctx context.Context, key K, lease Lease, e Entry[V]) error {
	if f.lease == nil || e.Absent && !f.caps.Has(CapNegative) { // as fill does, less one copy of e
		return errors.ErrUnsupported
	}
	return f.lease.Fill(ctx, key, lease, e)
}

// FillMany passes the call to the inner cache, see [FillMany].
func (f *Forward[K, V]) FillMany(ctx context.Context, entries map[K]Entry[V], leases map[K]Lease) error {
	return fillMany(ctx, f.lease, f.caps, entries, leases)
}

// Release passes the call to the inner cache, see [Release].
func (f *Forward[K, V]) Release(ctx context.Context, key K, lease Lease) error {
	return release(ctx, f.lease, key, lease)
}

// ReleaseMany passes the call to the inner cache, see [ReleaseMany].
func (f *Forward[K, V]) ReleaseMany(ctx context.Context, leases map[K]Lease) error {
	return releaseMany(ctx, f.lease, leases)
}

// Drop passes the call to the inner cache, see [Drop].
func (f *Forward[K, V]) Drop(ctx context.Context, key K, lease Lease) error {
	return drop(ctx, f.lease, key, lease)
}

// Len passes the call to the inner cache, see [LenIn].
func (f *Forward[K, V]) Len(ctx context.Context, scope Scope[K]) (int, error) {
	return lenIn(ctx, f.length, f.caps, scope)
}

// Clear passes the call to the inner cache, see [ClearIn].
func (f *Forward[K, V]) Clear(ctx context.Context, scope Scope[K]) error {
	return clearIn(ctx, f.clearing, f.caps, scope)
}

// Keys passes the call to the inner cache, see [KeysIn].
func (f *Forward[K, V]) Keys(ctx context.Context, scope Scope[K]) iter.Seq2[K, error] {
	return keysIn(ctx, f.keys, f.caps, scope)
}

// Watch passes the call to the inner cache, see [Watch].
func (f *Forward[K, V]) Watch(ctx context.Context, fn func(Event)) error {
	return watch(ctx, f.watching, fn)
}

// StoredKey returns the inner cache's form of key, see [StoredKey].
func (f *Forward[K, V]) StoredKey(key K) any { return storedKey(f.watching, key) }

// Partition returns the inner cache's partition of key, see [PartitionOf].
func (f *Forward[K, V]) Partition(key K) int { return partitionOf(f.parts, key) }

// Timeouts returns the inner cache's limits, see [TimeoutsOf].
func (f *Forward[K, V]) Timeouts() Timeouts { return TimeoutsOf(f.inner) }

// CloneFunc returns the function by which the inner cache copies values, see [CloneFunc].
func (f *Forward[K, V]) CloneFunc() func(V) V { return CloneFunc(f.inner) }

// Stats returns the inner cache's counters, see [GetStats].
func (f *Forward[K, V]) Stats(ctx context.Context) (Stats, error) { return getStats(ctx, f.stats) }

// Supports returns the inner cache's capabilities.
func (f *Forward[K, V]) Supports() Cap { return f.caps }

// Describe returns the layer's description, with the inner cache as its child.
func (f *Forward[K, V]) Describe() Description { return f.about }
