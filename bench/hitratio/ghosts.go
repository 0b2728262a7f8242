package hitratio

import "math/bits"

// ghosts remembers the frequencies of evicted keys, by fingerprint. It is a table of buckets, chosen by hash. A bucket
// has its newest ghost first, and forgets its last one.
type ghosts [][ghostBucket]ghost

// ghost is 16 bits in the engine: 10 of fingerprint, 1 of main, 3 of count, 2 of epoch. A fingerprint of 0 is a free place.
type ghost struct {
	fingerprint uint16
	main        bool // M has lost the key
	frequency   frequency
}

const (
	ghostBucket     = 8
	fingerprintBits = 10
)

// newGhosts returns a table for n ghosts, rounded up.
func newGhosts(n int) ghosts { return make(ghosts, (n+ghostBucket-1)/ghostBucket) }

// fingerprint returns so many bits of a hash, of at most 16. It is not 0.
func fingerprint(hash uint64, bits int) uint16 { return uint16(max(1, hash>>24%(1<<bits))) }

// scale maps a hash to 0..n-1. It uses the high bits, so that lower ones remain for fingerprints.
func scale(hash uint64, n int) int {
	at, _ := bits.Mul64(hash, uint64(n))
	return int(at)
}

// take removes the ghost of the key with this hash. It returns the ghost with its present frequency, and its place in its bucket.
// If there is no such ghost, it returns a free place.
func (g ghosts) take(hash uint64, e *epochs) (taken ghost, place int) {
	bucket := &g[scale(hash, len(g))]
	for i, slot := range bucket {
		if slot.fingerprint == fingerprint(hash, fingerprintBits) {
			copy(bucket[i:], bucket[i+1:])
			bucket[ghostBucket-1] = ghost{}
			slot.frequency.count >>= (e.current - slot.frequency.epoch) % ghostEpochs
			slot.frequency.epoch = e.current
			return slot, i
		}
	}
	return ghost{frequency: frequency{epoch: e.current}}, 0
}

// put remembers the frequency of the key with this hash, which was just evicted.
func (g ghosts) put(hash uint64, main bool, f frequency, e *epochs) {
	f.add(0, e)
	bucket := &g[scale(hash, len(g))]
	copy(bucket[1:], bucket[:])
	bucket[0] = ghost{fingerprint(hash, fingerprintBits), main, f}
}
