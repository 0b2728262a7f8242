package memory

import (
	"errors"
	"fmt"
	"math/bits"
)

// Shards returns how many shards c has.
func (c *Cache[K, V]) Shards() int { return len(c.shards) }

// Check returns what is wrong with the structure of c, or nil.
func (c *Cache[K, V]) Check() error {
	var errs []error
	if bits.OnesCount(uint(len(c.shards))) != 1 {
		errs = append(errs, fmt.Errorf("%d shards are no power of two", len(c.shards)))
	}
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		errs = append(errs, s.checkNodes(), s.checkOrder(), s.checkDeadlines(), s.checkLeases())
		s.mu.Unlock()
	}
	return errors.Join(errs...)
}

func (s *shard[K, V]) checkNodes() error {
	if s.room > 0 && len(s.nodes) > s.room {
		return fmt.Errorf("%d nodes in a shard with room for %d", len(s.nodes), s.room)
	}
	values := 0
	for key, n := range s.nodes {
		if n.key != key {
			return errors.New("a node is under another key than its own")
		}
		if n.leaves > n.expires {
			return errors.New("a node outlives its value")
		}
		if s.cache.shardOf(key) != s {
			return errors.New("a node is in a shard that is not its own")
		}
		if !n.absent {
			values++
		}
	}
	if values != s.values {
		return fmt.Errorf("%d values are counted as %d", values, s.values)
	}
	if len(s.departed) > 0 {
		return errors.New("departures were left in an unlocked shard")
	}
	return nil
}

func (s *shard[K, V]) checkOrder() error {
	order, ok := s.policy.(*lru[K, V])
	if !ok {
		return nil
	}
	count := 0
	for n := order.root.newer; n != &order.root; n = n.newer {
		if n.newer.older != n || s.nodes[n.key] != n {
			return errors.New("the LRU ring is broken")
		}
		count++
	}
	if count != len(s.nodes) {
		return fmt.Errorf("%d nodes, %d of them in the LRU ring", len(s.nodes), count)
	}
	return nil
}

func (s *shard[K, V]) checkDeadlines() error {
	heap := s.deadlines.heap
	for slot, n := range heap {
		if n.slot != slot || s.nodes[n.key] != n || heap[max(slot-1, 0)/2].leaves > n.leaves {
			return errors.New("the heap of deadlines is broken")
		}
	}
	expiring := 0
	for _, n := range s.nodes {
		if n.leaves != never {
			expiring++
		}
	}
	if expiring != len(heap) {
		return fmt.Errorf("%d nodes expire, %d are scheduled", expiring, len(heap))
	}
	return nil
}

func (s *shard[K, V]) checkLeases() error {
	count := 0
	var older *lease[K, V]
	for l := s.leases.oldest; l != nil; older, l = l, l.newer {
		if l.older != older || s.leases.byKey[l.key] != l || older != nil && older.ends > l.ends {
			return errors.New("the list of leases is broken")
		}
		count++
	}
	if s.leases.newest != older || count != len(s.leases.byKey) {
		return errors.New("leases are in the map, but not in the list")
	}
	return nil
}

// Kept returns how many nodes and leases c keeps, expired ones included.
func (c *Cache[K, V]) Kept() (nodes, leases int) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		nodes += len(s.nodes)
		leases += len(s.leases.byKey)
		s.mu.Unlock()
	}
	return nodes, leases
}
