package layers

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// each calls do once for every shard that has some of keys, with the lock held and with the keys that belong to the
// shard. It returns a ManyError that names the keys that failed, or the error of ctx if that is done.
func (l *locked[K, V]) each(
	ctx context.Context, op ctxcache.Operation, keys []K, do func(shard *lockedShard[K, V], keys []K) error,
) error {
	failed, err := l.eachOf(ctx, op, keys, do)
	if err != nil {
		return err
	}
	return ctxcache.NewManyError(failed)
}

// eachOf is each for callers that need both the keys that failed and the error of the whole call. If err is not nil, it
// is the reason why at least some of the keys failed.
func (l *locked[K, V]) eachOf(
	ctx context.Context, op ctxcache.Operation, keys []K, do func(shard *lockedShard[K, V], keys []K) error,
) (failed map[K]error, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	parts := make(map[*lockedShard[K, V]][]K)
	for _, key := range keys {
		if err := ctxcache.CheckKey(key); err != nil {
			return nil, ctxcache.Fail("locked", op, err) // a ManyError cannot name it: such a key cannot be in a map
		}
		shard := l.shard(key)
		parts[shard] = append(parts[shard], key)
	}
	failed = make(map[K]error)
	first := true
	for shard, part := range parts {
		partErr := shard.use(ctx, func() error { return do(shard, part) })
		if first && partErr == errors.ErrUnsupported { // no shard has done anything
			return nil, partErr
		}
		first = false
		if partErr != nil && partErr == ctx.Err() {
			err = partErr
		}
		for _, key := range part {
			if err := ctxcache.KeyError(partErr, key); err != nil {
				failed[key] = err
			}
		}
	}
	return failed, err
}

// use calls do with the lock held. If ctx is done before, it returns the error of ctx and does not call do.
func (s *lockedShard[K, V]) use(ctx context.Context, do func() error) error {
	if err := s.lock.lock(ctx); err != nil {
		return err
	}
	defer s.lock.unlock()
	return do()
}

// only returns a map with those entries of all whose keys are in keys.
func only[K comparable, T any](all map[K]T, keys []K) map[K]T {
	part := make(map[K]T, len(keys))
	for _, key := range keys {
		if one, has := all[key]; has {
			part[key] = one
		}
	}
	return part
}

// refuses reports whether entries has a negative entry, which the shards do not support. It is called before any shard
// stores its part.
func (l *locked[K, V]) refuses(entries map[K]ctxcache.Entry[V]) bool {
	if l.caps.Has(ctxcache.CapNegative) {
		return false
	}
	for _, e := range entries {
		if e.Absent {
			return true
		}
	}
	return false
}

func (l *locked[K, V]) GetEntries(ctx context.Context, keys []K) (map[K]ctxcache.Entry[V], error) {
	found := make(map[K]ctxcache.Entry[V], len(keys))
	err := l.each(ctx, ctxcache.OpGetEntries, keys, func(shard *lockedShard[K, V], keys []K) error {
		part, err := shard.inner.GetEntries(ctx, keys)
		maps.Copy(found, part)
		return err
	})
	return found, err
}

func (l *locked[K, V]) SetEntries(ctx context.Context, entries map[K]ctxcache.Entry[V]) error {
	if l.refuses(entries) {
		return errors.ErrUnsupported
	}
	keys := slices.Collect(maps.Keys(entries))
	return l.each(ctx, ctxcache.OpSetEntries, keys, func(shard *lockedShard[K, V], keys []K) error {
		return shard.inner.SetEntries(ctx, only(entries, keys))
	})
}

func (l *locked[K, V]) DeleteMany(ctx context.Context, keys []K) error {
	return l.each(ctx, ctxcache.OpDeleteMany, keys, func(shard *lockedShard[K, V], keys []K) error {
		return shard.inner.DeleteMany(ctx, keys)
	})
}
