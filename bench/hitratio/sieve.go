package hitratio

// sieve keeps keys in the order of insertion. A hand moves from the oldest key to the newest one and around. It takes
// the visit bit of each key that has one, and evicts the first that has none. See Zhang et al.: "SIEVE is simpler than
// LRU", NSDI 2024.
//
// Until the hand comes around for the first time, it evicts the same keys as lfu: all keys behind the hand were read
// again. On a trace whose popular keys do not change, that may be the whole trace.
type sieve struct {
	capacity int
	nodes    map[uint64]*node[bool] // the state is the visit bit
	order    queue[bool]
	hand     *node[bool] // nil for the oldest key
}

func newSieve(capacity int) *sieve {
	return &sieve{capacity: capacity, nodes: make(map[uint64]*node[bool])}
}

// Access implements Policy in amortized constant time.
func (c *sieve) Access(key uint64) bool {
	if n, hit := c.nodes[key]; hit {
		n.state = true
		return true
	}
	if c.order.size == c.capacity {
		c.evict()
	}
	n := &node[bool]{key: key}
	c.nodes[key] = n
	c.order.push(n)
	return false
}

func (c *sieve) evict() {
	n := c.hand
	for {
		if n == nil {
			n = c.order.tail
		}
		if !n.state {
			break
		}
		n.state = false
		n = n.prev
	}
	c.hand = n.prev
	delete(c.nodes, n.key)
	c.order.remove(n)
}
