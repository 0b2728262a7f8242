package layers

import (
	"context"
	"errors"
	"iter"

	"github.com/ctxcache/cached/ctxcache"
)

// Supports returns the capabilities that all shards have, without Watch.
func (l *locked[K, V]) Supports() ctxcache.Cap { return l.caps }

// Describe returns a description with the shards' caches as children. Do not use these: they are not locked.
func (l *locked[K, V]) Describe() ctxcache.Description { return l.about }

// Len returns the sum of the shards' lengths.
func (l *locked[K, V]) Len(ctx context.Context, scope ctxcache.Scope[K]) (int, error) {
	total := 0
	for i := range l.shards {
		shard := &l.shards[i]
		err := shard.use(ctx, func() error {
			n, err := shard.inner.Len(ctx, scope)
			total += n
			return err
		})
		if err != nil {
			return 0, err
		}
	}
	return total, nil
}

// Clear clears one shard after the other.
func (l *locked[K, V]) Clear(ctx context.Context, scope ctxcache.Scope[K]) error {
	for i := range l.shards {
		shard := &l.shards[i]
		err := shard.use(ctx, func() error { return shard.inner.Clear(ctx, scope) })
		if err != nil {
			return err
		}
	}
	return nil
}

// Keys lists one shard after the other. It lists all keys of a shard before it yields the first.
func (l *locked[K, V]) Keys(ctx context.Context, scope ctxcache.Scope[K]) iter.Seq2[K, error] {
	return func(yield func(K, error) bool) {
		for i := range l.shards {
			keys, err := l.shards[i].list(ctx, scope)
			for _, key := range keys {
				if !yield(key, nil) {
					return
				}
			}
			if err != nil {
				var none K
				yield(none, err)
				return
			}
		}
	}
}

// list returns the shard's keys in scope. If it fails, it returns the keys listed so far.
func (s *lockedShard[K, V]) list(ctx context.Context, scope ctxcache.Scope[K]) (keys []K, err error) {
	err = s.use(ctx, func() error {
		for key, err := range s.inner.Keys(ctx, scope) {
			if err != nil {
				return err
			}
			keys = append(keys, key)
		}
		return nil
	})
	return keys, err
}

// Watch is unsupported: it would hold a lock for as long as it watches.
func (l *locked[K, V]) Watch(context.Context, func(ctxcache.Event)) error {
	return errors.ErrUnsupported
}

// StoredKey returns nil, as it does for every cache that does not support Watch.
func (l *locked[K, V]) StoredKey(K) any { return nil }

// Timeouts returns the first shard's limits: all shards have the same.
func (l *locked[K, V]) Timeouts() ctxcache.Timeouts { return l.shards[0].inner.Timeouts() }

// CloneFunc returns the function by which the first shard copies values: all shards have the same.
func (l *locked[K, V]) CloneFunc() func(V) V { return l.shards[0].inner.CloneFunc() }

// Stats returns the sum of the shards' counters. If shards fail, it returns the sum of the others together with the
// first error, and the number of entries is not known.
func (l *locked[K, V]) Stats(ctx context.Context) (ctxcache.Stats, error) {
	var total ctxcache.Stats
	var failed error
	for i := range l.shards {
		shard := &l.shards[i]
		err := shard.use(ctx, func() error {
			part, err := shard.inner.Stats(ctx)
			if total.Name == "" {
				total.Name = part.Name
			}
			total.Add(part)
			return err
		})
		if failed == nil {
			failed = err
		}
	}
	if failed != nil {
		total.Entries = -1
	}
	return total, failed
}
