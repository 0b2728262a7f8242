package memory

import (
	"context"
	"iter"

	"github.com/ctxcache/cached/ctxcache"
)

// Len returns the exact number of values in scope. It removes expired entries first, in O(log n) each. Apart from that,
// it takes constant time per shard for all keys, and O(n) for a narrower scope. The shards are counted one after the
// other, so writes may come in between.
func (c *Cache[K, V]) Len(ctx context.Context, scope ctxcache.Scope[K]) (int, error) {
	total := 0
	for i := range c.shards {
		s := &c.shards[i]
		if err := c.lock(ctx, ctxcache.OpLen, s); err != nil {
			return 0, err
		}
		total += s.len(scope)
	}
	return total, nil
}

// Clear removes all entries in scope, including negative ones, and ends all leases in scope. It does so shard by shard:
// a reader may find one key gone and another still there. If ctx ends meanwhile, Clear returns its error, and some
// entries are left.
func (c *Cache[K, V]) Clear(ctx context.Context, scope ctxcache.Scope[K]) error {
	for i := range c.shards {
		s := &c.shards[i]
		if err := c.lock(ctx, ctxcache.OpClear, s); err != nil {
			return err
		}
		s.clear(scope)
	}
	return nil
}

// Keys yields the keys in scope that have a value. It holds no lock while it yields. The keys of a shard are listed
// when the loop comes to that shard. Listing a key does not count as a use of it.
func (c *Cache[K, V]) Keys(ctx context.Context, scope ctxcache.Scope[K]) iter.Seq2[K, error] {
	return func(yield func(K, error) bool) {
		for i := range c.shards {
			s := &c.shards[i]
			if err := c.lock(ctx, ctxcache.OpKeys, s); err != nil {
				var zero K
				yield(zero, err)
				return
			}
			for _, key := range s.keys(scope) {
				if !yield(key, nil) {
					return
				}
			}
		}
	}
}

// The rest of this file does the same in one shard. The first three methods are called with the shard locked, and unlock
// it. They defer the unlock, because a Scope may have a function of the caller: if it panics, the shard must not stay
// locked.

func (s *shard[K, V]) len(scope ctxcache.Scope[K]) int {
	defer s.unlock()
	s.expire(s.now())
	if scope.All() {
		return s.values
	}
	count := 0
	for key, n := range s.nodes {
		if !n.absent() && scope.Covers(key) {
			count++
		}
	}
	return count
}

func (s *shard[K, V]) clear(scope ctxcache.Scope[K]) {
	defer s.unlock()
	s.expire(s.now())
	if scope.All() {
		s.leases.KillAll()
		s.drop()
		return
	}
	s.leases.KillFunc(scope.Covers)
	for key, n := range s.nodes {
		if scope.Covers(key) {
			s.remove(n, Cleared)
		}
	}
}

func (s *shard[K, V]) keys(scope ctxcache.Scope[K]) []K {
	defer s.unlock()
	now := s.now()
	var keys []K
	for key, n := range s.nodes {
		if !n.absent() && !n.gone(now) && scope.Covers(key) {
			keys = append(keys, key)
		}
	}
	return keys
}

func (s *shard[K, V]) close() {
	s.mu.Lock()
	defer s.unlock()
	s.expire(s.now())
	s.leases.KillAll()
	s.drop()
}

// drop removes all nodes. The caller holds the lock.
func (s *shard[K, V]) drop() {
	if s.cache.onEvict != nil {
		for _, n := range s.nodes {
			s.depart(n, Cleared)
		}
	}
	s.changed = changes[K]{all: s.cache.watchers.any()}
	s.reset()
}
