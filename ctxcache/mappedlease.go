package ctxcache

import (
	"context"
	"maps"
	"time"
)

// mappedToken is a lease of a layer with OwnLeases, or one for a Fill over an entry that is not of the layer.
type mappedToken struct {
	layer *identity // the layer that granted it
	inner Lease
	over  any // the *overwritten that the lease was granted on; nil if a Fill replaces whatever is there
}

// overwritten is an inner entry that a Fill writes over, as it was when the lease was asked for.
type overwritten[V2 any] struct {
	entry Entry[V2]
	at    time.Time
}

// now returns the entry as it is now, or nil if it has expired.
func (o *overwritten[V2]) now() *Entry[V2] {
	if o == nil {
		return nil
	}
	e := o.entry
	if e.TTL > 0 && e.TTL != NoExpiry {
		if e.TTL -= time.Since(o.at); e.TTL <= 0 {
			return nil
		}
		e.SetStaleWindow(e.StaleWindow()) // the TTL has become shorter
	}
	return &e
}

// own returns the lease that this layer hands out for one of the inner cache.
func (m *Mapped[K, V, K2, V2]) own(inner Lease, over *overwritten[V2]) Lease {
	switch {
	case !inner.Granted():
		return inner
	case over != nil:
		return Lease{token: mappedToken{m.self, inner, over}, local: inner.local}
	case m.hooks.OwnLeases:
		return Lease{token: mappedToken{m.self, inner, nil}, local: inner.local}
	}
	return inner
}

// foreignToken is a lease that no cache has granted.
type foreignToken struct{}

// disown returns the lease of the inner cache that lease stands for, and the inner entry that a Fill with it writes
// over. For a lease that is not of this layer it is one that the inner cache does not know: ReleaseMany, which leaves
// out leases that were not granted, has to report it as lost.
func (m *Mapped[K, V, K2, V2]) disown(lease Lease) (inner Lease, over *Entry[V2]) {
	token, ok := lease.token.(mappedToken)
	switch {
	case ok && token.layer == m.self:
		held, _ := token.over.(*overwritten[V2]) // nil without one
		return token.inner, held.now()
	case !m.hooks.OwnLeases || !lease.Granted():
		return lease, nil
	}
	return NewLease(foreignToken{}), nil
}

// mappedGrant is what the inner cache has answered to GetLease.
type mappedGrant[V, V2 any] struct {
	entry Entry[V]
	lease Lease            // of the inner cache
	over  *overwritten[V2] // the inner entry, if it is not of this layer
}

// heals reports whether the layer has to ask once more, for a lease on what the inner cache has: that was not due
// there, but it is damaged, not of this layer, or due by the TTL that DecodeEntry has returned.
func (m *Mapped[K, V, K2, V2]) heals(g mappedGrant[V, V2], err error, refreshBelow time.Duration) bool {
	return g.lease == (Lease{}) &&
		(isCorrupt(err) || g.over != nil || m.hooks.DecodeEntry != nil && err == nil && Due(g.entry.TTL, refreshBelow))
}

// hand returns the lease that this layer hands out. A refresh replaces whatever is there.
func (m *Mapped[K, V, K2, V2]) hand(g mappedGrant[V, V2], refreshBelow time.Duration) Lease {
	if refreshBelow == NoExpiry || m.hooks.EncodeEntry == nil {
		g.over = nil
	}
	return m.own(g.lease, g.over)
}

// GetLease maps key, asks the inner cache, and maps the value back. If the value does not decode, or is not of this
// layer, it also returns a lease, whatever the remaining TTL, so that the holder can replace it.
func (m *Mapped[K, V, K2, V2]) GetLease(ctx context.Context, key K, refreshBelow time.Duration) (Entry[V], Lease, error) {
	innerKey, err := m.key(ctx, OpGetLease, key)
	if err != nil {
		return Entry[V]{}, Lease{}, err
	}
	g, err := m.getLease(ctx, key, innerKey, refreshBelow)
	if m.heals(g, err, refreshBelow) {
		g, err = m.healLease(ctx, key, innerKey, refreshBelow)
	}
	return g.entry, m.hand(g, refreshBelow), err
}

// getLease returns the entry, decoded, and the lease of the inner cache.
func (m *Mapped[K, V, K2, V2]) getLease(
	ctx context.Context, key K, innerKey K2, refreshBelow time.Duration,
) (g mappedGrant[V, V2], err error) {
	asked := time.Now()
	inner, lease, err := m.inner.GetLease(ctx, innerKey, refreshBelow)
	g.lease = lease
	if err != nil && err != ErrNotFound {
		return g, err
	}
	decoded := false
	defer func() {
		if !decoded && lease.Granted() { // Decode panicked: nobody gets the lease
			_ = m.inner.Release(context.WithoutCancel(ctx), innerKey, lease)
		}
	}()
	g.entry, err = m.decode(leaseOp(ctx, OpGetLease, OpGetEntry), key, inner)
	g.over = notOurs(inner, err, asked)
	decoded = true
	return g, err
}

// notOurs returns inner, which was asked for at this time, if decode has returned ErrMiss for it.
func notOurs[V2 any](inner Entry[V2], err error, asked time.Time) *overwritten[V2] {
	if err != ErrMiss {
		return nil
	}
	return &overwritten[V2]{inner, asked}
}

// healLease asks for a lease on a key whose value did not decode, whatever its remaining TTL. By now the key
// may hold something else.
func (m *Mapped[K, V, K2, V2]) healLease(
	ctx context.Context, key K, innerKey K2, refreshBelow time.Duration,
) (mappedGrant[V, V2], error) {
	g, err := m.getLease(countedAlready(ctx), key, innerKey, NoExpiry)
	if err != nil && err != ErrNotFound || !g.lease.Granted() || Due(g.entry.TTL, refreshBelow) {
		return g, err
	}
	if released := UnlessLost[K](m.inner.Release(context.WithoutCancel(ctx), innerKey, g.lease)); released != nil {
		return mappedGrant[V, V2]{}, released
	}
	g.lease = Lease{}
	return g, err
}

// Release maps key, and releases the lease in the inner cache.
func (m *Mapped[K, V, K2, V2]) Release(ctx context.Context, key K, lease Lease) error {
	innerKey, err := m.begin(ctx, OpRelease, key)
	if err != nil {
		return err
	}
	innerLease, _ := m.disown(lease)
	return m.inner.Release(ctx, innerKey, innerLease)
}

// ReleaseMany maps the keys, and releases the leases in the inner cache.
func (m *Mapped[K, V, K2, V2]) ReleaseMany(ctx context.Context, leases map[K]Lease) error {
	mapped, err := m.keys(ctx, OpReleaseMany, maps.Keys(leases), len(leases))
	if err != nil {
		return err
	}
	innerLeases, _ := m.disownMany(mapped, leases)
	return mapped.err(m.inner.ReleaseMany(ctx, innerLeases))
}

// Drop maps key, and drops the entry in the inner cache.
func (m *Mapped[K, V, K2, V2]) Drop(ctx context.Context, key K, lease Lease) error {
	innerKey, err := m.begin(ctx, OpDrop, key)
	if err != nil {
		return err
	}
	innerLease, _ := m.disown(lease)
	return m.inner.Drop(ctx, innerKey, innerLease)
}
