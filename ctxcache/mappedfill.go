package ctxcache

import (
	"context"
	"maps"
)

// Fill maps key and entry, and fills the inner cache. A value that does not encode is ErrValue, and the lease then
// stands.
func (m *Mapped[K, V, K2, V2]) Fill(ctx context.Context, key K, lease Lease, e Entry[V]) error {
	innerKey, err := m.begin(ctx, OpFill, key)
	if err != nil {
		return err
	}
	innerLease, over := m.disown(lease)
	inner, err := m.encode(OpFill, key, e, over)
	if err != nil {
		return err
	}
	err = m.inner.Fill(ctx, innerKey, innerLease, inner)
	if over == nil || !isRefused(err) {
		return err
	}
	if inner, err = m.encode(OpFill, key, e, nil); err != nil { // what it keeps may have made it too large
		return err
	}
	return m.inner.Fill(ctx, innerKey, innerLease, inner)
}

// FillMany maps keys and entries, and fills the inner cache. A key that cannot be mapped, or whose value cannot,
// fails; the others are filled.
func (m *Mapped[K, V, K2, V2]) FillMany(ctx context.Context, entries map[K]Entry[V], leases map[K]Lease) error {
	mapped, err := m.keys(ctx, OpFillMany, maps.Keys(entries), len(entries))
	if err != nil {
		return err
	}
	innerLeases, over := m.disownMany(mapped, leases)
	inner, err := m.encodeMany(OpFillMany, &mapped, entries, over)
	if err != nil {
		return err
	}
	err = m.inner.FillMany(ctx, inner, innerLeases)
	again := make(map[K2]Entry[V2])
	for i, key := range mapped.outer {
		if innerKey := mapped.inner[i]; over[key] != nil && isRefused(KeyError(err, innerKey)) {
			if e, err := m.encode(OpFillMany, key, entries[key], nil); err == nil { // as in Fill
				again[innerKey] = e
			}
		}
	}
	if len(again) == 0 {
		return mapped.err(err)
	}
	failed := make(map[K2]error)
	second := m.inner.FillMany(ctx, again, innerLeases)
	for _, innerKey := range mapped.inner {
		of := err
		if _, tried := again[innerKey]; tried {
			of = second
		}
		if of = KeyError(of, innerKey); of != nil {
			failed[innerKey] = of
		}
	}
	return mapped.err(NewManyError(failed))
}

// disownMany returns the leases of the inner cache by inner keys, and the inner entries that a Fill with them writes
// over.
func (m *Mapped[K, V, K2, V2]) disownMany(mapped mappedKeys[K, K2], leases map[K]Lease) (map[K2]Lease, map[K]*Entry[V2]) {
	inner := make(map[K2]Lease, len(leases))
	var overs map[K]*Entry[V2]
	for i, key := range mapped.outer {
		lease, has := leases[key]
		if !has {
			continue
		}
		innerLease, over := m.disown(lease)
		inner[mapped.inner[i]] = innerLease
		if over != nil {
			if overs == nil {
				overs = make(map[K]*Entry[V2])
			}
			overs[key] = over
		}
	}
	return inner, overs
}
