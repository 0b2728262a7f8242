package memory

// Hash returns the hash of key that the order of its shard gets.
func (c *Cache[K, V]) Hash(key K) uint64 {
	_, hash := c.place(key)
	return hash
}

// Share returns the share of small in the first shard of c, whose policy must be Adaptive.
func (c *Cache[K, V]) Share() float64 { return c.shards[0].order.(*adaptive[K, V]).share }
