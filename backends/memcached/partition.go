package memcached

import "hash/crc32"

// Partition returns the number of the server that has key, see [ctxcache.PartitionedCache]. The number is made from the
// server's address.
func (c *Cache[V]) Partition(key string) int {
	stored, err := c.store.stored(key)
	if err != nil {
		return 0
	}
	return int(crc32.ChecksumIEEE([]byte(c.store.serverOf(stored))) >> 1) // fits into an int of 32 bits
}
