package layers

import (
	"context"
	"errors"
	"iter"

	"github.com/ctxcache/cached/ctxcache"
)

// Len adds up the shards' lengths.
func (l *locked[K, V]) Len(ctx context.Context, scope ctxcache.Scope[K]) (int, error) {
	total := 0
	for i := range l.shards {
		shard := &l.shards[i]
		err := shard.use(ctx, func() error {
			n, err := ctxcache.LenIn(ctx, shard.inner, scope)
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
		err := shard.use(ctx, func() error { return ctxcache.ClearIn(ctx, shard.inner, scope) })
		if err != nil {
			return err
		}
	}
	return nil
}

// Keys lists one shard after the other, each before it yields any of its keys.
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

// list returns the shard's keys in scope; on failure those up to it.
func (s *lockedShard[K, V]) list(ctx context.Context, scope ctxcache.Scope[K]) (keys []K, err error) {
	err = s.use(ctx, func() error {
		for key, err := range ctxcache.KeysIn(ctx, s.inner, scope) {
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

// StoredKey is for those who watch.
func (l *locked[K, V]) StoredKey(K) any { return nil }

// Namespace is that of the first shard: they are all alike.
func (l *locked[K, V]) Namespace() string { return ctxcache.Namespace(l.shards[0].inner) }

// Stats adds up the shards' counters.
func (l *locked[K, V]) Stats(ctx context.Context) (ctxcache.Stats, error) {
	var total ctxcache.Stats
	for i := range l.shards {
		shard := &l.shards[i]
		err := shard.use(ctx, func() error {
			part, err := ctxcache.GetStats(ctx, shard.inner)
			if i == 0 {
				total = part
			} else {
				addStats(&total, part)
			}
			return err
		})
		if err != nil {
			return ctxcache.Stats{}, err
		}
	}
	return total, nil
}

// addStats adds more to total, tree to tree: both are of caches that were built alike.
func addStats(total *ctxcache.Stats, more ctxcache.Stats) {
	total.Tests += more.Tests
	total.Reads += more.Reads
	total.Hits += more.Hits
	total.Negatives += more.Negatives
	total.Misses += more.Misses
	total.Writes += more.Writes
	total.Deletes += more.Deletes
	total.Errors += more.Errors
	total.Evictions += more.Evictions
	total.Expirations += more.Expirations
	total.Loads += more.Loads
	total.Joined += more.Joined
	if total.Entries < 0 || more.Entries < 0 {
		total.Entries = -1
	} else {
		total.Entries += more.Entries
	}
	for i, child := range more.Children {
		if i < len(total.Children) {
			addStats(&total.Children[i], child)
		} else {
			total.Children = append(total.Children, child)
		}
	}
}
