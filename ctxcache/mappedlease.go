package ctxcache

import (
	"context"
	"time"
)

// GetLease maps key, and back the value; the lease maps what it is filled with.
func (m *Mapped[K, V, K2, V2]) GetLease(ctx context.Context, key K, refreshBelow time.Duration) (Entry[V], Lease[V], error) {
	innerKey, err := m.key(ctx, "lease", key)
	if err != nil {
		return Entry[V]{}, nil, err
	}
	inner, lease, err := GetLease(ctx, m.inner, innerKey, refreshBelow)
	if err != nil && err != ErrNotFound {
		return Entry[V]{}, m.lease(key, lease), err
	}
	e, err := m.decode("lease", key, inner)
	if err != nil && err != ErrNotFound && lease == nil { // present, so none was due, but damage must heal
		return m.healLease(ctx, key, innerKey, refreshBelow)
	}
	return e, m.lease(key, lease), err
}

// healLease asks for a lease on a key whose value did not decode, whatever its remaining TTL. By now the key
// may hold something else.
func (m *Mapped[K, V, K2, V2]) healLease(ctx context.Context, key K, innerKey K2, refreshBelow time.Duration) (Entry[V], Lease[V], error) {
	inner, lease, err := GetLease(ctx, m.inner, innerKey, NoExpiry)
	if err != nil && err != ErrNotFound {
		return Entry[V]{}, m.lease(key, lease), err
	}
	e, err := m.decode("lease", key, inner)
	if err != nil && err != ErrNotFound {
		return Entry[V]{}, m.lease(key, lease), err
	}
	if lease != nil && !Due(e.TTL, refreshBelow) {
		if releaseErr := lease.Release(context.WithoutCancel(ctx)); releaseErr != nil {
			return Entry[V]{}, nil, releaseErr
		}
		lease = nil
	}
	return e, m.lease(key, lease), err
}

// lease maps a lease on key; nil stays nil.
func (m *Mapped[K, V, K2, V2]) lease(key K, inner Lease[V2]) Lease[V] {
	if inner == nil {
		return nil
	}
	return &mappedLease[K, V, K2, V2]{layer: m, key: key, inner: inner}
}

type mappedLease[K comparable, V any, K2 comparable, V2 any] struct {
	layer *Mapped[K, V, K2, V2]
	key   K
	inner Lease[V2]
}

func (l *mappedLease[K, V, K2, V2]) Fill(ctx context.Context, e Entry[V]) error {
	inner, err := l.layer.encode("fill", l.key, e)
	if err != nil {
		return err
	}
	return l.inner.Fill(ctx, inner)
}

func (l *mappedLease[K, V, K2, V2]) Release(ctx context.Context) error { return l.inner.Release(ctx) }
