package memory

// Hash returns the hash of key that the order of its shard gets.
func (c *Cache[K, V]) Hash(key K) uint64 {
	_, hash := c.place(key)
	return hash
}

// Share returns the share of small in the first shard of c, whose policy must be Adaptive.
func (c *Cache[K, V]) Share() float64 { return c.shards[0].order.(*adaptive[K, V]).share }

// Heat returns how often the entry of key was used before, as its shard counts. The policy must be Adaptive, and key must have an
// entry.
func (c *Cache[K, V]) Heat(key K) uint64 {
	s, hash := c.place(key)
	s.mu.Lock()
	defer s.unlock()
	_, i := s.lookup(key, hash)
	return s.order.(*adaptive[K, V]).heat(i)
}
