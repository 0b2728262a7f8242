package shards

import (
	"hash/maphash"
	"math/bits"
)

// seed is the same for the whole process. It must be unpredictable, but need not differ between structures.
var seed = maphash.MakeSeed()

// Of returns the shard that key belongs to, a number from 0 to n-1. The result for a key does not change while the
// process lives. Outsiders cannot choose keys that all belong to one shard, because the hash is seeded at random. N is
// at least 1. Key must be hashable, see ctxcache.CheckKey.
//
// Structures can be nested: a shard may be divided into shards itself. The inner structure then needs a seed of its
// own, and [Seeded]. With Of for both, all keys of an inner structure would meet in a few of its shards.
func Of[K comparable](key K, n int) int { return Seeded(seed, key, n) }

// Seeded is [Of] with a hash function that depends on seed.
func Seeded[K comparable](seed maphash.Seed, key K, n int) int {
	if n == 1 {
		return 0
	}
	shard, _ := bits.Mul64(maphash.Comparable(seed, key), uint64(n)) // as even as a remainder, for any n
	return int(shard)
}
