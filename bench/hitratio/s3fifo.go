package hitratio

// s3FIFO has a small FIFO of 10 % of the capacity, a main FIFO whose keys get another chance for each of up to three
// hits, and ghosts of the keys that the small one evicted. A key enters the main one if it was hit in the small one, or
// is a ghost. See Yang et al.: "FIFO queues are all you need for cache eviction", SOSP 2023. Promotion takes one hit, not
// the two of the paper: on most traces, that is better.
type s3FIFO struct {
	capacity, smallCapacity int
	nodes                   map[uint64]*node[int] // residents; the state counts hits
	small, main             queue[int]
	ghosts                  *young
}

const s3MaxHits = 3

func newS3FIFO(capacity int) *s3FIFO {
	small := max(1, capacity/10)
	return &s3FIFO{
		capacity: capacity, smallCapacity: small,
		nodes:  make(map[uint64]*node[int]),
		ghosts: newYoung(capacity - small),
	}
}

// Access implements Policy in amortized constant time.
func (c *s3FIFO) Access(key uint64) bool {
	if n, hit := c.nodes[key]; hit {
		n.state = min(n.state+1, s3MaxHits)
		return true
	}
	ghost := c.ghosts.take(key)
	for len(c.nodes) == c.capacity {
		c.evict()
	}
	n := &node[int]{key: key}
	c.nodes[key] = n
	if ghost {
		c.main.push(n)
	} else {
		c.small.push(n)
	}
	return false
}

// evict evicts a key, unless it finds only keys with hits: it moves those.
func (c *s3FIFO) evict() {
	if c.small.size >= c.smallCapacity || c.main.size == 0 {
		c.evictSmall()
		return
	}
	n := c.main.pop()
	if n.state > 0 {
		n.state--
		c.main.push(n)
		return
	}
	delete(c.nodes, n.key)
}

// evictSmall goes on until the small queue has lost a key without hits, or is empty. It must not stop when the queue is small
// enough, because the main one would then lose a key in place of a new one.
func (c *s3FIFO) evictSmall() {
	for n := c.small.pop(); n != nil; n = c.small.pop() {
		if n.state == 0 {
			delete(c.nodes, n.key)
			c.ghosts.put(n.key)
			return
		}
		n.state = 0
		c.main.push(n)
	}
}
