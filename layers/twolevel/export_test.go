package twolevel

// Noted returns how many keys c has noted. C must be Coherent.
func Noted[K comparable, V any](c *Cache[K, V]) int { return int(c.follower.keys.count.Load()) }

// Noting returns how many uses of c's notes are under way.
func Noting[K comparable, V any](c *Cache[K, V]) (uses int) {
	for i := range c.follower.keys.shards {
		shard := &c.follower.keys.shards[i]
		shard.mu.Lock()
		for _, known := range shard.known {
			uses += known.uses
		}
		shard.mu.Unlock()
	}
	return uses
}

// Removing returns how many keys calls of Remove are under way for.
func Removing[K comparable, V any](c *Cache[K, V]) int {
	c.removals.mu.Lock()
	defer c.removals.mu.Unlock()
	return len(c.removals.keys)
}
