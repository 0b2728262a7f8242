package hitratio

import "slices"

// ghosts remembers the frequencies of evicted keys, by fingerprint. It is a table of buckets, chosen by hash. A bucket
// has its newest ghost first, and forgets its last one.
type ghosts struct {
	seed    uint64
	buckets [][ghostBucket]ghost
}

// ghost is 16 bits in the engine: 11 of fingerprint, 3 of count, 2 of epoch. A fingerprint of 0 is a free slot.
type ghost struct {
	fingerprint uint16
	frequency   frequency
}

const (
	ghostBucket     = 8
	fingerprintBits = 11
)

func newGhosts(slots int, seed uint64) *ghosts {
	return &ghosts{seed: seed, buckets: make([][ghostBucket]ghost, max(1, (slots+ghostBucket-1)/ghostBucket))}
}

// place returns the bucket and the fingerprint of key, 1 to 2^fingerprintBits-1.
func (g *ghosts) place(key uint64) (*[ghostBucket]ghost, uint16) {
	h := hash(key, g.seed)
	return &g.buckets[scale(h, len(g.buckets))], uint16(max(1, h%(1<<fingerprintBits)))
}

// take removes the ghost of key and returns its frequency, or 0 if there is none.
func (g *ghosts) take(key uint64, e *epochs) frequency {
	bucket, fingerprint := g.place(key)
	for i, slot := range bucket {
		if slot.fingerprint == fingerprint {
			copy(bucket[i:], bucket[i+1:])
			bucket[ghostBucket-1] = ghost{}
			f := slot.frequency
			f.count >>= (e.current - f.epoch) % ghostEpochs
			f.epoch = e.current
			return f
		}
	}
	return frequency{epoch: e.current}
}

// put remembers the frequency of key, which was just evicted.
func (g *ghosts) put(key uint64, f frequency, e *epochs) {
	f.add(0, e)
	bucket, fingerprint := g.place(key)
	last := ghostBucket - 1
	if i := slices.IndexFunc(bucket[:], func(s ghost) bool { return s.fingerprint == fingerprint }); i >= 0 {
		last = i
	}
	copy(bucket[1:last+1], bucket[:last])
	bucket[0] = ghost{fingerprint, f}
}
