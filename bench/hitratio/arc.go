package hitratio

// arc has an LRU queue of keys that were read once, an LRU queue of keys that were read again, and ghosts of both. A hit
// on a ghost moves the target between the two. See Megiddo, Modha: "ARC: a self-tuning, low overhead replacement cache",
// FAST 2003. The names are the paper's.
type arc struct {
	capacity       int
	nodes          map[uint64]*node[struct{}] // of all four queues
	t1, t2, b1, b2 queue[struct{}]
	p              int // the target of t1
}

func newARC(capacity int) *arc {
	return &arc{capacity: capacity, nodes: make(map[uint64]*node[struct{}])}
}

// Access implements Policy in constant time.
func (c *arc) Access(key uint64) bool {
	n, known := c.nodes[key]
	if !known {
		c.insert(key)
		return false
	}
	switch n.in {
	case &c.b1:
		c.p = min(c.capacity, c.p+max(1, c.b2.size/c.b1.size))
		c.replace(false)
	case &c.b2:
		c.p = max(0, c.p-max(1, c.b1.size/c.b2.size))
		c.replace(true)
	default:
		n.in.remove(n)
		c.t2.push(n)
		return true
	}
	n.in.remove(n)
	c.t2.push(n)
	return false
}

// insert puts a key that is in no queue into t1.
func (c *arc) insert(key uint64) {
	total := c.t1.size + c.t2.size + c.b1.size + c.b2.size
	switch {
	case c.t1.size == c.capacity:
		delete(c.nodes, c.t1.pop().key)
	case c.t1.size+c.b1.size == c.capacity:
		delete(c.nodes, c.b1.pop().key)
		c.replace(false)
	case total >= c.capacity:
		if total == 2*c.capacity {
			delete(c.nodes, c.b2.pop().key)
		}
		c.replace(false)
	}
	n := &node[struct{}]{key: key}
	c.nodes[key] = n
	c.t1.push(n)
}

// replace makes a ghost of the tail of t1 or t2.
func (c *arc) replace(inB2 bool) {
	if c.t1.size > 0 && (c.t1.size > c.p || inB2 && c.t1.size == c.p) {
		c.b1.push(c.t1.pop())
	} else {
		c.b2.push(c.t2.pop())
	}
}
