package hitratio

// lfu evicts the key with the fewest accesses since its insertion; among these, the one whose last access is the longest
// ago. There is a queue for each count of accesses. See Shah, Mitra, Matani: "An O(1) algorithm for implementing the LFU
// cache eviction scheme", 2010.
type lfu struct {
	capacity int
	nodes    map[uint64]*node[int]
	counts   map[int]*queue[int] // no queue is empty
	lowest   int                 // the lowest count of a key, if there is a key
}

func newLFU(capacity int) *lfu {
	return &lfu{capacity: capacity, nodes: make(map[uint64]*node[int]), counts: make(map[int]*queue[int])}
}

// Access implements Policy in constant time.
func (c *lfu) Access(key uint64) bool {
	n, hit := c.nodes[key]
	if hit {
		c.leave(n)
		if n.state == c.lowest && c.counts[c.lowest] == nil {
			c.lowest++
		}
	} else {
		if len(c.nodes) == c.capacity {
			victim := c.counts[c.lowest].tail
			c.leave(victim)
			delete(c.nodes, victim.key)
		}
		n = &node[int]{key: key}
		c.nodes[key] = n
		c.lowest = 1
	}
	n.state++
	c.enter(n)
	return hit
}

func (c *lfu) enter(n *node[int]) {
	q := c.counts[n.state]
	if q == nil {
		q = new(queue[int])
		c.counts[n.state] = q
	}
	q.push(n)
}

func (c *lfu) leave(n *node[int]) {
	q := c.counts[n.state]
	q.remove(n)
	if q.size == 0 {
		delete(c.counts, n.state)
	}
}
