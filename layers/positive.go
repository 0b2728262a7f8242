package layers

import (
	"context"
	"errors"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// newPositive returns inner as a cache that stores no negative entries.
func newPositive[K comparable, V any](inner ctxcache.Cache[K, V]) ctxcache.Cache[K, V] {
	return &positive[K, V]{ctxcache.NewForward(inner)}
}

type positive[K comparable, V any] struct {
	ctxcache.Forward[K, V]
}

// Supports says that there are no negative entries, which keeps them from SetEntry and SetEntries. What is left is
// Fill.
func (c *positive[K, V]) Supports() ctxcache.Op { return c.Forward.Supports() &^ ctxcache.OpNegative }

func (c *positive[K, V]) GetLease(
	ctx context.Context, key K, refreshBelow time.Duration,
) (ctxcache.Entry[V], ctxcache.Lease[V], error) {
	entry, lease, err := c.Forward.GetLease(ctx, key, refreshBelow)
	return entry, c.lease(key, lease), err
}

func (c *positive[K, V]) GetLeases(
	ctx context.Context, keys []K, refreshBelow time.Duration,
) (map[K]ctxcache.Entry[V], map[K]ctxcache.Lease[V], error) {
	found, leases, err := c.Forward.GetLeases(ctx, keys, refreshBelow)
	return found, wrapLeases(leases, c.lease), err
}

// lease returns lease for values only; nil stays nil.
func (c *positive[K, V]) lease(_ K, lease ctxcache.Lease[V]) ctxcache.Lease[V] {
	if lease == nil {
		return nil
	}
	return positiveLease[V]{lease}
}

type positiveLease[V any] struct{ ctxcache.Lease[V] }

func (l positiveLease[V]) Fill(ctx context.Context, e ctxcache.Entry[V]) error {
	if e.Absent {
		return errors.ErrUnsupported
	}
	return l.Lease.Fill(ctx, e)
}
