package hitratio

// lru evicts the key whose last access is the longest ago.
type lru struct {
	capacity int
	nodes    map[uint64]*node[struct{}]
	order    queue[struct{}]
}

func newLRU(capacity int) *lru {
	return &lru{capacity: capacity, nodes: make(map[uint64]*node[struct{}])}
}

// Access implements Policy in constant time.
func (c *lru) Access(key uint64) bool {
	if n, hit := c.nodes[key]; hit {
		c.order.touch(n)
		return true
	}
	if c.order.size == c.capacity {
		delete(c.nodes, c.order.pop().key)
	}
	n := &node[struct{}]{key: key}
	c.nodes[key] = n
	c.order.push(n)
	return false
}
