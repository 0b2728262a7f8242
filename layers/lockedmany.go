package layers

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// each calls do for every shard that some of keys belong to, with these and under the shard's lock. What fails
// is told by key.
func (l *locked[K, V]) each(
	ctx context.Context, op string, keys []K, do func(shard *lockedShard[K, V], keys []K) error,
) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	parts := make(map[*lockedShard[K, V]][]K)
	for _, key := range keys {
		if err := ctxcache.CheckKey(key); err != nil {
			return ctxcache.Fail("locked", op, err) // no map can name it
		}
		shard := l.shard(key)
		parts[shard] = append(parts[shard], key)
	}
	failed := make(map[K]error)
	for shard, part := range parts {
		err := shard.use(ctx, func() error { return do(shard, part) })
		if err == errors.ErrUnsupported { // from the first, since all shards are alike
			return err
		}
		for _, key := range part {
			if err := ctxcache.KeyError(err, key); err != nil {
				failed[key] = err
			}
		}
	}
	return ctxcache.NewManyError(failed)
}

// use calls do under the lock.
func (s *lockedShard[K, V]) use(ctx context.Context, do func() error) error {
	if err := s.lock.lock(ctx); err != nil {
		return err
	}
	defer s.lock.unlock()
	return do()
}

func (l *locked[K, V]) GetEntries(ctx context.Context, keys []K) (map[K]ctxcache.Entry[V], error) {
	found := make(map[K]ctxcache.Entry[V], len(keys))
	err := l.each(ctx, "get", keys, func(shard *lockedShard[K, V], keys []K) error {
		part, err := ctxcache.GetEntries(ctx, shard.inner, keys)
		maps.Copy(found, part)
		return err
	})
	return found, err
}

func (l *locked[K, V]) SetEntries(ctx context.Context, entries map[K]ctxcache.Entry[V]) error {
	keys := slices.Collect(maps.Keys(entries))
	return l.each(ctx, "set", keys, func(shard *lockedShard[K, V], keys []K) error {
		part := make(map[K]ctxcache.Entry[V], len(keys))
		for _, key := range keys {
			part[key] = entries[key]
		}
		return ctxcache.SetEntries(ctx, shard.inner, part)
	})
}

func (l *locked[K, V]) DeleteMany(ctx context.Context, keys []K) error {
	return l.each(ctx, "delete", keys, func(shard *lockedShard[K, V], keys []K) error {
		return ctxcache.DeleteMany(ctx, shard.inner, keys)
	})
}

func (l *locked[K, V]) GetLeases(
	ctx context.Context, keys []K, refreshBelow time.Duration,
) (map[K]ctxcache.Entry[V], map[K]ctxcache.Lease[V], error) {
	found := make(map[K]ctxcache.Entry[V], len(keys))
	leases := make(map[K]ctxcache.Lease[V])
	err := l.each(ctx, "lease", keys, func(shard *lockedShard[K, V], keys []K) error {
		part, granted, err := ctxcache.GetLeases(ctx, shard.inner, keys, refreshBelow)
		maps.Copy(found, part)
		maps.Copy(leases, wrapLeases(granted, shard.lease))
		return err
	})
	return found, leases, err
}
