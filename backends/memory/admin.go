package memory

import (
	"context"
	"iter"

	"github.com/ctxcache/cached/ctxcache"
)

// Len returns the number of values in scope, exactly: it removes what has expired first. It is O(1) per shard for all
// keys, and O(n) for a narrower scope. The count of each shard is from another moment.
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

// Clear removes all entries in scope, negative ones included, and kills all leases in scope, shard by shard: a reader
// may find one key gone and another not yet. If ctx ends meanwhile, some are left.
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

// Keys yields the keys in scope that have a value. No lock is held while it yields; the keys of a shard are those of
// the moment when the loop came to it. Listing is not a use of them.
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

// The rest is what the above do in one shard, which comes locked. They unlock it, and defer that: a Scope may have a
// function of the caller, and should that panic, the shard must not stay locked for ever.

func (s *shard[K, V]) len(scope ctxcache.Scope[K]) int {
	defer s.unlock()
	s.expire(s.now())
	if scope.All() {
		return s.values
	}
	count := 0
	for key, n := range s.nodes {
		if !n.absent && scope.Covers(key) {
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
		if !n.absent && !n.gone(now) && scope.Covers(key) {
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

// drop makes s empty.
func (s *shard[K, V]) drop() {
	if s.cache.onEvict != nil {
		for _, n := range s.nodes {
			s.depart(n, Cleared)
		}
	}
	s.changed = changes[K]{all: s.cache.watchers.any()}
	s.reset()
}
