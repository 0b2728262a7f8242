package ctxcache

// PartitionedCache is a cache whose keys are on several servers. Some of them may fail while the others work.
type PartitionedCache[K comparable] interface {
	// Partition returns the number of the partition that has key. All keys of a partition are on one server, and usually
	// fail together. Partition asks no server, and may be called concurrently. A key that the cache refuses has any number.
	Partition(key K) int
}

// PartitionOf returns the partition of c that has key. If c is not a [PartitionedCache], all keys are in partition 0.
func PartitionOf[K comparable, V any](c Cache[K, V], key K) int {
	return partitionOf(partitioned(c), key)
}

func partitioned[K comparable, V any](c Cache[K, V]) PartitionedCache[K] {
	p, _ := c.(PartitionedCache[K])
	return p
}

func partitionOf[K comparable](c PartitionedCache[K], key K) int {
	if c == nil {
		return 0
	}
	return c.Partition(key)
}
