package memory

import (
	"context"
	"iter"

	"github.com/ctxcache/cached/ctxcache"
)

// Len returns the exact number of values in scope. It removes expired entries first. Apart from that, it takes
// constant time per shard for all keys, and O(n) for a narrower scope. The shards are counted one after the other, and a
// narrower scope in portions of a shard, so writes may come in between.
func (c *Cache[K, V]) Len(ctx context.Context, scope ctxcache.Scope[K]) (int, error) {
	total := 0
	for i := range c.shards {
		s := &c.shards[i]
		if err := c.expireAll(ctx, ctxcache.OpLen, s); err != nil {
			return 0, err
		}
		values := s.values
		s.unlock()
		if scope.All() {
			total += values
			continue
		}
		if err := c.scan(ctx, ctxcache.OpLen, s, func(i uint32) {
			if s.listed(i, scope) {
				total++
			}
		}, goOn); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// Keys yields the keys in scope that have a value. It holds no lock while it yields. The keys of a shard are listed
// when the loop comes to that shard, in portions. Listing a key does not count as a use of it.
func (c *Cache[K, V]) Keys(ctx context.Context, scope ctxcache.Scope[K]) iter.Seq2[K, error] {
	return yielded(ctx, c, ctxcache.OpKeys, scope, func(s *shard[K, V], i uint32) K { return s.lent(i) })
}

// Item is a key with its entry.
type Item[K comparable, V any] struct {
	Key K
	ctxcache.Entry[V]
}

// All yields the keys in scope that have a value, with their entries, as Keys does. That does not count as a use of them.
func (c *Cache[K, V]) All(ctx context.Context, scope ctxcache.Scope[K]) iter.Seq2[Item[K, V], error] {
	return yielded(ctx, c, opAll, scope, func(s *shard[K, V], i uint32) Item[K, V] {
		item := Item[K, V]{Key: s.lent(i)}
		s.slots.describe(i, &item.Entry, s.now())
		return item
	})
}

// opAll is the name of All in errors.
const opAll ctxcache.Operation = "all"

// yielded yields what item returns for each value in scope, or an error.
func yielded[K comparable, V, T any](
	ctx context.Context, c *Cache[K, V], op ctxcache.Operation, scope ctxcache.Scope[K], item func(s *shard[K, V], i uint32) T,
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for i := range c.shards {
			s := &c.shards[i]
			var items []T
			ended := false
			err := c.scan(ctx, op, s, func(i uint32) {
				if s.listed(i, scope) {
					items = append(items, item(s, i))
				}
			}, func() bool {
				for _, item := range items {
					if !yield(item, nil) {
						ended = true
						return false
					}
				}
				items = items[:0]
				return true
			})
			switch {
			case ended:
				return
			case err != nil:
				var none T
				yield(none, err)
				return
			}
		}
	}
}

// listed reports whether slot i has a value that has not expired, and whose key is in scope.
func (s *shard[K, V]) listed(i uint32, scope ctxcache.Scope[K]) bool {
	sl := s.slots.at(i)
	return !sl.absent() && !s.expired(i) && s.covered(i, scope)
}

// covered reports whether the key of slot i is in scope.
func (s *shard[K, V]) covered(i uint32, scope ctxcache.Scope[K]) bool {
	key := s.slots.at(i).key
	if scope.Match != nil {
		key = s.lent(i) // the caller's function may keep it
	}
	return scope.Covers(key)
}

// killLeases ends the leases on the keys in scope. The caller holds the lock, which killLeases unlocks, even if the Match of
// scope panics.
func (s *shard[K, V]) killLeases(scope ctxcache.Scope[K]) {
	defer s.unlock()
	s.leases.KillFunc(scope.Covers)
}
