package memory

import (
	"context"
	"math/rand/v2"

	"github.com/ctxcache/cached/ctxcache"
)

// opEvict is the name of Evict in errors.
const opEvict ctxcache.Operation = "evict"

// Evict removes the entry that the policy would evict next, and returns its key and the entry with its remaining TTL.
// It returns [ctxcache.ErrMiss] if the cache is empty. A negative entry has Absent set. Expired entries are not
// returned. A lease on the key stands. OnEvict is called for the value.
//
// Each shard has its own order. With several shards, Evict takes the next entry of a shard that is chosen at random. In
// a cache that keeps no order (see [Options.Policy]) it takes any entry, and may take O(n) to find one.
func (c *Cache[K, V]) Evict(ctx context.Context) (K, ctxcache.Entry[V], error) {
	start := rand.IntN(len(c.shards))
	for i := range c.shards {
		s := &c.shards[(start+i)%len(c.shards)]
		if err := c.beginEviction(ctx, s); err != nil {
			var none K
			return none, ctxcache.Entry[V]{}, err
		}
		key, e, found := s.evict()
		s.unlock()
		if found {
			return key, e, nil
		}
	}
	var none K
	return none, ctxcache.Entry[V]{}, ctxcache.ErrMiss
}

// beginEviction is expireAll, and leaves the section room for an eviction.
func (c *Cache[K, V]) beginEviction(ctx context.Context, s *shard[K, V]) error {
	for {
		if err := c.expireAll(ctx, opEvict, s); err != nil || s.effort.allows(evictEffort) {
			return err
		}
		s.unlock()
		s.mu.Rest()
	}
}

// evict removes the next entry of s and returns it. It reports false if s is empty.
func (s *shard[K, V]) evict() (key K, e ctxcache.Entry[V], found bool) {
	if s.slots.used == 0 {
		return key, e, false
	}
	i := s.order.victim()
	if i == 0 { // no order is kept
		i = s.slots.first()
	}
	key = s.lent(i)
	s.slots.describe(i, &e, s.now())
	s.removeVictim(i, Evicted)
	return key, e, true
}
