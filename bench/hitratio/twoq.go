package hitratio

// twoQ is the full version of 2Q. New keys enter a FIFO of 25 % of the capacity, in which a hit changes nothing. The keys
// that it evicts become ghosts, as many as 50 % of the capacity. A ghost that is read enters an LRU queue. See Johnson,
// Shasha: "2Q: a low overhead high performance buffer management replacement algorithm", VLDB 1994.
type twoQ struct {
	capacity, inCapacity int
	nodes                map[uint64]*node[struct{}]
	in, main             queue[struct{}] // A1in and Am of the paper
	out                  *young          // A1out of the paper
}

func newTwoQ(capacity int) *twoQ {
	return &twoQ{
		capacity: capacity, inCapacity: max(1, capacity/4),
		nodes: make(map[uint64]*node[struct{}]),
		out:   newYoung(max(1, capacity/2)),
	}
}

// Access implements Policy in constant time.
func (c *twoQ) Access(key uint64) bool {
	if n, hit := c.nodes[key]; hit {
		if n.in == &c.main {
			c.main.touch(n)
		}
		return true
	}
	ghost := c.out.take(key)
	if len(c.nodes) == c.capacity {
		c.evict()
	}
	n := &node[struct{}]{key: key}
	c.nodes[key] = n
	if ghost {
		c.main.push(n)
	} else {
		c.in.push(n)
	}
	return false
}

func (c *twoQ) evict() {
	if c.in.size > c.inCapacity || c.main.size == 0 {
		n := c.in.pop()
		delete(c.nodes, n.key)
		c.out.put(n.key)
		return
	}
	delete(c.nodes, c.main.pop().key)
}
