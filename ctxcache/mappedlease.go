package ctxcache

import (
	"context"
	"maps"
	"slices"
	"time"
)

// mappedToken is a lease of a layer with OwnLeases.
type mappedToken struct {
	layer *identity // the layer that granted it
	inner Lease
}

// own returns the lease that this layer hands out for one of the inner cache.
func (m *Mapped[K, V, K2, V2]) own(inner Lease) Lease {
	if !m.hooks.OwnLeases || !inner.Granted() {
		return inner
	}
	return NewLease(mappedToken{m.self, inner})
}

// foreignToken is a lease that no cache has granted.
type foreignToken struct{}

// disown returns the lease of the inner cache that lease stands for. For a lease that is not of this layer it is one that
// the inner cache does not know: ReleaseMany, which leaves out leases that were not granted, has to report it as lost.
func (m *Mapped[K, V, K2, V2]) disown(lease Lease) Lease {
	if !m.hooks.OwnLeases || !lease.Granted() {
		return lease
	}
	if token, ok := lease.token.(mappedToken); ok && token.layer == m.self {
		return token.inner
	}
	return NewLease(foreignToken{})
}

// GetLease maps key, asks the inner cache, and maps the value back. If the value does not decode, it also returns a
// lease, whatever the remaining TTL, so that the damage can heal.
func (m *Mapped[K, V, K2, V2]) GetLease(ctx context.Context, key K, refreshBelow time.Duration) (Entry[V], Lease, error) {
	innerKey, err := m.key(ctx, OpGetLease, key)
	if err != nil {
		return Entry[V]{}, Lease{}, err
	}
	e, lease, err := m.getLease(ctx, key, innerKey, refreshBelow)
	if isCorrupt(err) && lease == (Lease{}) { // present, so none was due, but damage must heal
		e, lease, err = m.healLease(ctx, key, innerKey, refreshBelow)
	}
	return e, m.own(lease), err
}

// getLease returns the entry, decoded, and the lease of the inner cache.
func (m *Mapped[K, V, K2, V2]) getLease(
	ctx context.Context, key K, innerKey K2, refreshBelow time.Duration,
) (e Entry[V], lease Lease, err error) {
	inner, lease, err := m.inner.GetLease(ctx, innerKey, refreshBelow)
	if err != nil && err != ErrNotFound {
		return Entry[V]{}, lease, err
	}
	decoded := false
	defer func() {
		if !decoded && lease.Granted() { // Decode panicked: nobody gets the lease
			_ = m.inner.Release(context.WithoutCancel(ctx), innerKey, lease)
		}
	}()
	e, err = m.decode(OpGetLease, key, inner)
	decoded = true
	return e, lease, err
}

// healLease asks for a lease on a key whose value did not decode, whatever its remaining TTL. By now the key
// may hold something else.
func (m *Mapped[K, V, K2, V2]) healLease(
	ctx context.Context, key K, innerKey K2, refreshBelow time.Duration,
) (Entry[V], Lease, error) {
	e, lease, err := m.getLease(ctx, key, innerKey, NoExpiry)
	if err != nil && err != ErrNotFound || !lease.Granted() || Due(e.TTL, refreshBelow) {
		return e, lease, err
	}
	if released := UnlessLost[K](m.inner.Release(context.WithoutCancel(ctx), innerKey, lease)); released != nil {
		return Entry[V]{}, Lease{}, released
	}
	return e, Lease{}, err
}

// GetLeases maps the keys, asks the inner cache, and maps the values back. For a key whose value does not decode it asks
// once more, for a lease to heal it.
func (m *Mapped[K, V, K2, V2]) GetLeases(ctx context.Context, keys []K, refreshBelow time.Duration) (map[K]Entry[V], map[K]Lease, error) {
	mapped, err := m.keys(ctx, OpGetLeases, slices.Values(keys), len(keys))
	if err != nil {
		return nil, nil, err
	}
	inner, innerLeases, err := m.inner.GetLeases(ctx, mapped.inner, refreshBelow)
	if inner == nil && innerLeases == nil && err != nil {
		return nil, nil, mapped.err(err)
	}
	if innerLeases == nil { // nothing was due
		innerLeases = make(map[K2]Lease)
	}
	decoded := false
	defer func() {
		if !decoded { // Decode panicked: nobody gets the leases
			_ = m.inner.ReleaseMany(context.WithoutCancel(ctx), innerLeases)
		}
	}()
	found := make(map[K]Entry[V], len(inner))
	leases := make(map[K]Lease, len(innerLeases))
	for i, key := range mapped.outer {
		innerKey := mapped.inner[i]
		lease, due := innerLeases[innerKey]
		entry, ok := inner[innerKey]
		var e Entry[V]
		decodeErr := ErrMiss
		if ok && !names(err, innerKey) { // an error counts, even if there is an entry, too
			e, decodeErr = m.decode(OpGetLeases, key, entry)
		}
		if isCorrupt(decodeErr) && !due {
			e, lease, decodeErr = m.healLease(ctx, key, innerKey, refreshBelow)
			if due = lease != (Lease{}); due {
				innerLeases[innerKey] = lease
			}
		}
		if due {
			leases[key] = m.own(lease)
		}
		switch decodeErr {
		case nil, ErrNotFound:
			found[key] = e
		case ErrMiss:
		default:
			mapped.failed[key] = decodeErr
		}
	}
	decoded = true
	return found, leases, mapped.err(err)
}

// Fill maps key and entry, and fills the inner cache. A value that does not encode is ErrValue, and the lease then
// stands.
func (m *Mapped[K, V, K2, V2]) Fill(ctx context.Context, key K, lease Lease, e Entry[V]) error {
	innerKey, err := m.begin(ctx, OpFill, key)
	if err != nil {
		return err
	}
	inner, err := m.encode(OpFill, key, e)
	if err != nil {
		return err
	}
	return m.inner.Fill(ctx, innerKey, m.disown(lease), inner)
}

// FillMany maps keys and entries, and fills the inner cache. A key that cannot be mapped, or whose value cannot,
// fails; the others are filled.
func (m *Mapped[K, V, K2, V2]) FillMany(ctx context.Context, entries map[K]Entry[V], leases map[K]Lease) error {
	mapped, err := m.keys(ctx, OpFillMany, maps.Keys(entries), len(entries))
	if err != nil {
		return err
	}
	inner, err := m.encodeMany(OpFillMany, &mapped, entries)
	if err != nil {
		return err
	}
	return mapped.err(m.inner.FillMany(ctx, inner, m.disownMany(mapped, leases)))
}

// disownMany returns the leases of the inner cache by inner keys.
func (m *Mapped[K, V, K2, V2]) disownMany(mapped mappedKeys[K, K2], leases map[K]Lease) map[K2]Lease {
	inner := make(map[K2]Lease, len(leases))
	for i, key := range mapped.outer {
		if lease, has := leases[key]; has {
			inner[mapped.inner[i]] = m.disown(lease)
		}
	}
	return inner
}

// Release maps key, and releases the lease in the inner cache.
func (m *Mapped[K, V, K2, V2]) Release(ctx context.Context, key K, lease Lease) error {
	innerKey, err := m.begin(ctx, OpRelease, key)
	if err != nil {
		return err
	}
	return m.inner.Release(ctx, innerKey, m.disown(lease))
}

// ReleaseMany maps the keys, and releases the leases in the inner cache.
func (m *Mapped[K, V, K2, V2]) ReleaseMany(ctx context.Context, leases map[K]Lease) error {
	mapped, err := m.keys(ctx, OpReleaseMany, maps.Keys(leases), len(leases))
	if err != nil {
		return err
	}
	return mapped.err(m.inner.ReleaseMany(ctx, m.disownMany(mapped, leases)))
}

// Drop maps key, and drops the entry in the inner cache.
func (m *Mapped[K, V, K2, V2]) Drop(ctx context.Context, key K, lease Lease) error {
	innerKey, err := m.begin(ctx, OpDrop, key)
	if err != nil {
		return err
	}
	return m.inner.Drop(ctx, innerKey, m.disown(lease))
}
