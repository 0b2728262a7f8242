package memory

import (
	"context"
	"math/rand/v2"

	"github.com/ctxcache/cached/ctxcache"
)

// opEvict names Evict in errors.
const opEvict ctxcache.Operation = "evict"

// Evict removes the entry that the policy would evict next, and returns it with its remaining TTL. It is
// [ctxcache.ErrMiss] if the cache is empty. A negative entry has Absent set; what has expired is not returned. Leases
// stand. OnEvict hears of it.
//
// Each shard has an order of its own: with several, the entry is the next of a shard that is chosen at random. In a
// cache that keeps no order (see [Options.Policy]) it is any entry, and to find one may take O(n).
func (c *Cache[K, V]) Evict(ctx context.Context) (K, ctxcache.Entry[V], error) {
	start := rand.IntN(len(c.shards))
	for i := range c.shards {
		s := &c.shards[(start+i)%len(c.shards)]
		if err := c.lock(ctx, opEvict, s); err != nil {
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

// evict removes the next node of s and returns what it was, if there is one.
func (s *shard[K, V]) evict() (key K, e ctxcache.Entry[V], found bool) {
	now := s.now()
	s.expire(now)
	if len(s.nodes) == 0 {
		return key, e, false
	}
	n := s.order.victim()
	if n == nil {
		for _, n = range s.nodes { // any will do
			break
		}
	}
	key = n.key
	n.describe(&e, now)
	s.remove(n, Evicted)
	return key, e, true
}
