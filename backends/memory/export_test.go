package memory

import (
	"errors"
	"fmt"
	"math/bits"
)

// Shards returns how many shards c has.
func (c *Cache[K, V]) Shards() int { return len(c.shards) }

// CheckInvariants returns what is wrong with the structure of c, or nil.
func (c *Cache[K, V]) CheckInvariants() error {
	var errs []error
	if bits.OnesCount(uint(len(c.shards))) != 1 {
		errs = append(errs, fmt.Errorf("%d shards, which is not a power of two", len(c.shards)))
	}
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		errs = append(errs, s.checkNodes(), s.checkOrder(), s.checkDeadlines())
		s.mu.Unlock()
	}
	return errors.Join(errs...)
}

func (s *shard[K, V]) checkNodes() error {
	if s.room > 0 && len(s.nodes) > s.room {
		return fmt.Errorf("%d nodes in a shard with room for %d", len(s.nodes), s.room)
	}
	values, negatives, cost := 0, 0, int64(0)
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
		if n.absent() {
			if n.negative.Value != any(n) {
				return errors.New("a negative entry is in the place of another one")
			}
			negatives++
		} else {
			values++
		}
		cost += n.cost
	}
	if cost != s.cost || s.costRoom > 0 && cost > s.costRoom {
		return fmt.Errorf("nodes that cost %d are counted as %d, in a shard with room for %d", cost, s.cost, s.costRoom)
	}
	if values != s.values {
		return fmt.Errorf("%d values are counted as %d", values, s.values)
	}
	if negatives != s.negatives.Len() || negatives > s.negativeRoom {
		return fmt.Errorf("%d negative entries are counted as %d, in a shard with room for %d", negatives, s.negatives.Len(), s.negativeRoom)
	}
	if len(s.departed) > 0 {
		return errors.New("departures were left in an unlocked shard")
	}
	return nil
}

func (s *shard[K, V]) checkOrder() error {
	var inOrder []*node[K, V]
	switch o := s.order.(type) {
	case *lru[K, V]:
		inOrder = o.ring.nodes()
	case fifo[K, V]:
		inOrder = o.ring.nodes()
	case mru[K, V]:
		inOrder = o.ring.nodes()
	case *lfu[K, V]:
		inOrder = o.ring.nodes()
		if err := o.check(inOrder); err != nil {
			return err
		}
	case *random[K, V]:
		inOrder = o.nodes
		for place, n := range o.nodes {
			if n.place != place {
				return errors.New("a node is not in its place")
			}
		}
	default:
		return nil
	}
	seen := make(map[*node[K, V]]bool)
	for _, n := range inOrder {
		if s.nodes[n.key] != n || seen[n] {
			return errors.New("a node in the order is not in the shard, or in the order twice")
		}
		seen[n] = true
	}
	if len(seen) != len(s.nodes) {
		return fmt.Errorf("%d nodes, %d of them in the order", len(s.nodes), len(seen))
	}
	return nil
}

// nodes returns the nodes of r, or nil if it is broken.
func (r *ring[K, V]) nodes() []*node[K, V] {
	var nodes []*node[K, V]
	for n := r.root.newer; n != &r.root; n = n.newer {
		if n.newer.older != n {
			return nil
		}
		nodes = append(nodes, n)
	}
	return nodes
}

func (l *lfu[K, V]) check(nodes []*node[K, V]) error {
	count, uses := 0, uint64(0)
	for i, n := range nodes {
		g := l.groups[n.place]
		if i == 0 || nodes[i-1].place != n.place {
			if g.uses <= uses {
				return errors.New("the groups are not in order")
			}
			count, uses = count+1, g.uses
		}
		if ends := i == len(nodes)-1 || nodes[i+1].place != n.place; ends != (g.last == n) {
			return errors.New("a group does not know its last node")
		}
	}
	if len(l.groups) != 1+count+len(l.unused) {
		return fmt.Errorf("%d groups of nodes, %d unused, of %d", count, len(l.unused), len(l.groups))
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

// Kept returns how many nodes and leases c keeps, expired ones included.
func (c *Cache[K, V]) Kept() (nodes, leases int) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		nodes += len(s.nodes)
		leases += s.leases.Len()
		s.mu.Unlock()
	}
	return nodes, leases
}

// Entries returns the keys of all nodes that have not expired, negative entries included.
func (c *Cache[K, V]) Entries() []K {
	var keys []K
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		for key, n := range s.nodes {
			if !n.gone(s.now()) {
				keys = append(keys, key)
			}
		}
		s.mu.Unlock()
	}
	return keys
}

// SetPick makes an empty cache with the policy RR ask pick, instead of chance.
func (c *Cache[K, V]) SetPick(pick func(n int) int) {
	c.pick = pick
	for i := range c.shards {
		c.shards[i].reset()
	}
}
