package layers

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

func (l *locked[K, V]) GetLease(
	ctx context.Context, key K, refreshBelow time.Duration,
) (ctxcache.Entry[V], ctxcache.Lease, error) {
	shard, err := l.enter(ctx, ctxcache.OpGetLease, key)
	if err != nil {
		return ctxcache.Entry[V]{}, ctxcache.Lease{}, err
	}
	defer shard.lock.unlock()
	return shard.inner.GetLease(ctx, key, refreshBelow)
}

func (l *locked[K, V]) GetLeases(
	ctx context.Context, keys []K, refreshBelow time.Duration,
) (map[K]ctxcache.Entry[V], map[K]ctxcache.Lease, error) {
	found := make(map[K]ctxcache.Entry[V], len(keys))
	leases := make(map[K]ctxcache.Lease)
	returned := false
	defer func() {
		if !returned { // a shard has panicked: the caller does not get the leases of the shards before it
			_ = l.ReleaseMany(context.WithoutCancel(ctx), leases)
		}
	}()
	failed, err := l.eachOf(ctx, ctxcache.OpGetLeases, keys, func(shard *lockedShard[K, V], keys []K) error {
		part, granted, err := shard.inner.GetLeases(ctx, keys, refreshBelow)
		maps.Copy(found, part)
		maps.Copy(leases, granted)
		return err
	})
	returned = true
	if err == nil || len(leases) > 0 {
		// The caller must learn that it has leases, even if ctx is done, so the error names the keys that failed. GetLeases
		// cannot give the leases back instead: others may hold the locks of their shards for long.
		err = ctxcache.NewManyError(failed)
	}
	return found, leases, err
}

func (l *locked[K, V]) Fill(ctx context.Context, key K, lease ctxcache.Lease, e ctxcache.Entry[V]) error {
	shard, err := l.enter(ctx, ctxcache.OpFill, key)
	if err != nil {
		return err
	}
	defer shard.lock.unlock()
	return shard.inner.Fill(ctx, key, lease, e)
}

func (l *locked[K, V]) FillMany(
	ctx context.Context, entries map[K]ctxcache.Entry[V], leases map[K]ctxcache.Lease,
) error {
	if l.refuses(entries) {
		return errors.ErrUnsupported
	}
	keys := slices.Collect(maps.Keys(entries))
	return l.each(ctx, ctxcache.OpFillMany, keys, func(shard *lockedShard[K, V], keys []K) error {
		return shard.inner.FillMany(ctx, only(entries, keys), only(leases, keys))
	})
}

func (l *locked[K, V]) Release(ctx context.Context, key K, lease ctxcache.Lease) error {
	shard, err := l.enter(ctx, ctxcache.OpRelease, key)
	if err != nil {
		return err
	}
	defer shard.lock.unlock()
	return shard.inner.Release(ctx, key, lease)
}

func (l *locked[K, V]) ReleaseMany(ctx context.Context, leases map[K]ctxcache.Lease) error {
	keys := slices.Collect(maps.Keys(leases))
	return l.each(ctx, ctxcache.OpReleaseMany, keys, func(shard *lockedShard[K, V], keys []K) error {
		return shard.inner.ReleaseMany(ctx, only(leases, keys))
	})
}

func (l *locked[K, V]) Drop(ctx context.Context, key K, lease ctxcache.Lease) error {
	shard, err := l.enter(ctx, ctxcache.OpDrop, key)
	if err != nil {
		return err
	}
	defer shard.lock.unlock()
	return shard.inner.Drop(ctx, key, lease)
}
