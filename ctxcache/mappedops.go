package ctxcache

import (
	"context"
	"errors"
	"iter"
	"time"
)

// Get maps key, asks the inner cache, and maps the value back.
func (m *Mapped[K, V, K2, V2]) Get(ctx context.Context, key K) (V, error) {
	var zero V
	innerKey, err := m.key(ctx, OpGet, key)
	if err != nil {
		return zero, err
	}
	inner, err := m.inner.Get(ctx, innerKey)
	switch err {
	case nil:
		return m.decodeValue(OpGet, key, inner)
	case ErrNotFound:
		return zero, m.negative(OpGet)
	default:
		return zero, err
	}
}

// Set maps key and value, and stores them in the inner cache. A value that does not encode is ErrValue, and the key
// is then deleted from the inner cache.
func (m *Mapped[K, V, K2, V2]) Set(ctx context.Context, key K, value V, ttl time.Duration) error {
	innerKey, err := m.begin(ctx, OpSet, key)
	if err != nil {
		return err
	}
	inner, err := m.encodeToSet(ctx, OpSet, key, innerKey, NewEntry(value, ttl))
	if err != nil {
		return err
	}
	if inner.Meta == (Meta{TTL: inner.TTL}) {
		return m.inner.Set(ctx, innerKey, inner.Value, inner.TTL)
	}
	return m.inner.SetEntry(ctx, innerKey, inner)
}

// Delete maps key, and deletes it in the inner cache.
func (m *Mapped[K, V, K2, V2]) Delete(ctx context.Context, key K) error {
	innerKey, err := m.begin(ctx, OpDelete, key)
	if err != nil {
		return err
	}
	return m.inner.Delete(ctx, innerKey)
}

// Contains maps key, and asks the inner cache. A value that does not decode counts as a value. With EncodeNegative or
// DecodeEntry the value has to be decoded, and one that does not decode is ErrCorrupt.
func (m *Mapped[K, V, K2, V2]) Contains(ctx context.Context, key K) (bool, error) {
	if m.hooks.EncodeNegative != nil {
		return contains[K, V](ctx, m, nil, key) // by Get
	}
	innerKey, err := m.key(ctx, OpContains, key)
	if err != nil {
		return false, err
	}
	if m.hooks.DecodeEntry == nil {
		return m.inner.Contains(ctx, innerKey)
	}
	value, err := m.inner.Get(ctx, innerKey)
	if err == nil {
		_, err = m.decodeValue(OpContains, key, value)
	}
	if err == ErrMiss || err == ErrNotFound {
		return false, nil
	}
	return err == nil, err
}

// Remove maps key, and removes it from the inner cache. With EncodeNegative it is errors.ErrUnsupported, because the
// inner cache cannot distinguish a value from a negative entry.
func (m *Mapped[K, V, K2, V2]) Remove(ctx context.Context, key K) (was bool, err error) {
	if m.hooks.EncodeNegative != nil {
		return false, errors.ErrUnsupported
	}
	innerKey, err := m.begin(ctx, OpRemove, key)
	if err != nil {
		return false, err
	}
	return m.inner.Remove(ctx, innerKey)
}

// GetEntry maps key, asks the inner cache, and maps the value back.
func (m *Mapped[K, V, K2, V2]) GetEntry(ctx context.Context, key K) (Entry[V], error) {
	innerKey, err := m.key(ctx, OpGetEntry, key)
	if err != nil {
		return Entry[V]{}, err
	}
	inner, err := m.inner.GetEntry(ctx, innerKey)
	if err != nil && err != ErrNotFound {
		return Entry[V]{}, err
	}
	return m.decode(OpGetEntry, key, inner)
}

// SetEntry maps key and entry, and stores them in the inner cache. If the value does not encode, it fails as Set does.
func (m *Mapped[K, V, K2, V2]) SetEntry(ctx context.Context, key K, e Entry[V]) error {
	innerKey, err := m.begin(ctx, OpSetEntry, key)
	if err != nil {
		return err
	}
	inner, err := m.encodeToSet(ctx, OpSetEntry, key, innerKey, e)
	if err != nil {
		return err
	}
	return m.inner.SetEntry(ctx, innerKey, inner)
}

// Len returns the number of the layer's own keys in scope. With EncodeNegative it is errors.ErrUnsupported, because the
// inner cache counts negative entries as values. Keys is unsupported then, too.
func (m *Mapped[K, V, K2, V2]) Len(ctx context.Context, scope Scope[K]) (int, error) {
	if m.hooks.EncodeNegative != nil || m.hooks.Scope == nil {
		return 0, errors.ErrUnsupported
	}
	return m.inner.Len(ctx, m.hooks.Scope(scope))
}

// Clear deletes the layer's own keys in scope.
func (m *Mapped[K, V, K2, V2]) Clear(ctx context.Context, scope Scope[K]) error {
	if m.hooks.Scope == nil {
		return errors.ErrUnsupported
	}
	return m.inner.Clear(ctx, m.hooks.Scope(scope))
}

// Keys yields the layer's own keys in scope.
func (m *Mapped[K, V, K2, V2]) Keys(ctx context.Context, scope Scope[K]) iter.Seq2[K, error] {
	if m.hooks.EncodeNegative != nil || m.hooks.Scope == nil || m.hooks.Unkey == nil {
		return noKeys[K](errors.ErrUnsupported)
	}
	inner := m.hooks.Scope(scope)
	return func(yield func(K, error) bool) {
		for innerKey, err := range m.inner.Keys(ctx, inner) {
			if err != nil {
				var zero K
				yield(zero, err)
				return
			}
			if key, ours := m.hooks.Unkey(innerKey); ours && !yield(key, nil) {
				return
			}
		}
	}
}

// Watch reports the changes of the inner cache. Events have keys as the innermost store has them, so no hook maps them.
func (m *Mapped[K, V, K2, V2]) Watch(ctx context.Context, fn func(Event)) error {
	return m.inner.Watch(ctx, fn)
}

// StoredKey returns what the inner cache stores for key.
func (m *Mapped[K, V, K2, V2]) StoredKey(key K) any {
	innerKey, err := m.hooks.Key(key)
	if err != nil {
		return nil
	}
	return m.inner.StoredKey(innerKey)
}

// Partition returns the inner cache's partition of key, see [PartitionOf].
func (m *Mapped[K, V, K2, V2]) Partition(key K) int {
	innerKey, err := m.hooks.Key(key)
	if err != nil {
		return 0
	}
	return m.inner.Partition(innerKey)
}

// Timeouts returns the inner cache's limits, see [TimeoutsOf].
func (m *Mapped[K, V, K2, V2]) Timeouts() Timeouts { return m.inner.Timeouts() }

// CloneFunc returns the function by which the inner cache copies values, see [CloneFunc]. It returns nil if the layer's
// values have another type, because the inner cache cannot copy those.
func (m *Mapped[K, V, K2, V2]) CloneFunc() func(V) V {
	clone, _ := any(m.inner.CloneFunc()).(func(V) V)
	return clone
}

// Stats returns the inner cache's counters.
func (m *Mapped[K, V, K2, V2]) Stats(ctx context.Context) (Stats, error) { return m.inner.Stats(ctx) }
