package hitratio

// fifo evicts the key that was inserted first.
type fifo struct {
	ring   []uint64 // the keys in the order of insertion, from oldest on
	oldest int
	cached map[uint64]struct{}
}

func newFIFO(capacity int) *fifo {
	return &fifo{ring: make([]uint64, 0, capacity), cached: make(map[uint64]struct{})}
}

// Access implements Policy in constant time.
func (c *fifo) Access(key uint64) bool {
	if _, hit := c.cached[key]; hit {
		return true
	}
	c.cached[key] = struct{}{}
	if len(c.ring) < cap(c.ring) {
		c.ring = append(c.ring, key)
		return false
	}
	delete(c.cached, c.ring[c.oldest])
	c.ring[c.oldest] = key
	c.oldest = (c.oldest + 1) % len(c.ring)
	return false
}
