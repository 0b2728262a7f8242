package ctxcache

import (
	"context"
	"errors"
	"time"
)

// Lease is the right to fill one key, granted by GetLease to one holder at a time. It answers the late write: a
// load starts, someone deletes or overwrites the key, the load ends, and stores the old value. Every Set,
// Delete and Clear of the key kills the lease, present or not, and then Fill stores nothing. After "Scaling
// Memcache at Facebook" (Nishtala et al., NSDI 2013), section 3.2.1.
//
// A lease also ends by itself after a while, so that a holder which disappears does not keep others
// from filling. The one who was granted it calls Release on every path, after Fill too.
// The methods may be called concurrently.
type Lease[V any] interface {
	// Fill stores e, which may be a negative entry, and ends the lease. It returns ErrLeaseLost, bare, if the
	// key was set, deleted or cleared since the lease was granted, or if the lease has ended. A Fill that fails
	// otherwise leaves the lease to Release.
	Fill(ctx context.Context, e Entry[V]) error

	// Release gives the right up, so that others need not wait for it to run out. It does nothing to a
	// lease that has ended, in whatever way. With a done context it fails, and the lease stands until it runs out:
	// give it a context that outlives the load, as context.WithoutCancel makes one.
	Release(ctx context.Context) error
}

// LeaseCache is a cache that grants leases.
type LeaseCache[K comparable, V any] interface {
	// GetLease returns what GetEntry does: the entry, ErrMiss, or ErrNotFound with a negative entry. If the key
	// is absent, or its remaining TTL is at most refreshBelow, it also returns a lease; a nil lease then means
	// that another holder has it. With NoExpiry as refreshBelow even what never expires, or whose TTL is
	// Unknown, is due; with 0 only what is absent.
	//
	// A lease on an absent key is exclusive. So is one on a present key, unless it is honoured by other processes,
	// too (OpLeaseShared): there may then be several, of which the first to fill wins, and the others are lost.
	//
	// ErrCorrupt comes with a lease too, or damage could not be healed. With any other error there is no lease,
	// and none is left behind. Where leases are renewed, they are until Fill, Release, or the end of ctx.
	GetLease(ctx context.Context, key K, refreshBelow time.Duration) (Entry[V], Lease[V], error)

	// GetLeases is GetLease for many keys: the entries found, negative ones included, and the leases granted. A
	// key that is in neither map and not named by the [*ManyError] is being filled by another holder. A corrupt
	// key is named by the error, and has a lease.
	GetLeases(ctx context.Context, keys []K, refreshBelow time.Duration) (map[K]Entry[V], map[K]Lease[V], error)
}

// GetLease returns the entry of key, ErrMiss, or ErrNotFound with a negative entry; and, if the key is absent
// or its remaining TTL is at most refreshBelow (NoExpiry: always), a lease. A nil lease then means that another
// holder is filling the key now. It is [errors.ErrUnsupported] for a cache that is no [LeaseCache].
func GetLease[K comparable, V any](ctx context.Context, c Cache[K, V], key K, refreshBelow time.Duration) (Entry[V], Lease[V], error) {
	if s, ok := c.(LeaseCache[K, V]); ok && Supports(c).Has(OpLease) {
		return s.GetLease(ctx, key, refreshBelow)
	}
	return Entry[V]{}, nil, errors.ErrUnsupported
}

// GetLeases is [GetLease] for many keys. It is [errors.ErrUnsupported] for a cache that is no [LeaseCache].
func GetLeases[K comparable, V any](ctx context.Context, c Cache[K, V], keys []K, refreshBelow time.Duration) (map[K]Entry[V], map[K]Lease[V], error) {
	if s, ok := c.(LeaseCache[K, V]); ok && Supports(c).Has(OpLease) {
		return s.GetLeases(ctx, keys, refreshBelow)
	}
	return nil, nil, errors.ErrUnsupported
}

// Due reports whether GetLease grants a refresh lease on an entry with this remaining TTL: whether it is at
// most refreshBelow. An Unknown one is due only when all are. Backends use it, so that all agree.
func Due(remaining, refreshBelow time.Duration) bool {
	if remaining == Unknown {
		return refreshBelow == NoExpiry
	}
	return remaining <= refreshBelow
}
