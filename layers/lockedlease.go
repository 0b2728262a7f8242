package layers

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

func (l *locked[K, V]) GetLease(
	ctx context.Context, key K, refreshBelow time.Duration,
) (ctxcache.Entry[V], ctxcache.Lease[V], error) {
	shard, err := l.enter(ctx, "lease", key)
	if err != nil {
		return ctxcache.Entry[V]{}, nil, err
	}
	defer shard.lock.unlock()
	entry, lease, err := ctxcache.GetLease(ctx, shard.inner, key, refreshBelow)
	return entry, shard.lease(key, lease), err
}

// lease returns lease under the lock of s; nil stays nil.
func (s *lockedShard[K, V]) lease(_ K, lease ctxcache.Lease[V]) ctxcache.Lease[V] {
	if lease == nil {
		return nil
	}
	return &lockedLease[V]{lock: &s.lock, inner: lease}
}

// lockedLease is a lease that is only used under the lock of its shard.
type lockedLease[V any] struct {
	lock  *ctxLock
	inner ctxcache.Lease[V]
}

func (l *lockedLease[V]) Fill(ctx context.Context, e ctxcache.Entry[V]) error {
	if err := l.lock.lock(ctx); err != nil {
		return err
	}
	defer l.lock.unlock()
	return l.inner.Fill(ctx, e)
}

func (l *lockedLease[V]) Release(ctx context.Context) error {
	if err := l.lock.lock(ctx); err != nil {
		return err
	}
	defer l.lock.unlock()
	return l.inner.Release(ctx)
}
