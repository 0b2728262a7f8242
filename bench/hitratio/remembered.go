package hitratio

// remembered has the last keys that a queue of Adaptive has evicted, by fingerprints of 16 bits. A bucket has its newest
// key first, and forgets its last one. 0 is a free place.
type remembered [][rememberedBucket]uint16

const (
	rememberedBucket = 4
	longFingerprint  = 16
)

// newRemembered returns a table for so many keys, rounded up.
func newRemembered(keys int) remembered {
	return make(remembered, (keys+rememberedBucket-1)/rememberedBucket)
}

// put remembers the key with this hash.
func (r remembered) put(hash uint64) {
	bucket := &r[scale(hash, len(r))]
	copy(bucket[1:], bucket[:])
	bucket[0] = fingerprint(hash, longFingerprint)
}

// take forgets the key with this hash, and reports whether it was remembered.
func (r remembered) take(hash uint64) bool {
	bucket := &r[scale(hash, len(r))]
	for i, key := range bucket {
		if key == fingerprint(hash, longFingerprint) {
			copy(bucket[i:], bucket[i+1:])
			bucket[rememberedBucket-1] = 0
			return true
		}
	}
	return false
}
