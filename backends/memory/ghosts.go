package memory

// ghosts know how often entries were used that were evicted. A ghost is two bytes: 11 bits of the hash of its key, its heat
// and the epoch of that. It is in one of the buckets, which the hash chooses, and leaves when newer ones have filled the
// bucket. Another key may be taken for a ghost, for one in some 250 keys. That costs a place in the cache, no more.
type ghosts struct {
	buckets [][bucketSize]uint16 // the newest ghosts first; 0 is none
	size    int                  // of the cache that they are for
}

const (
	ghostShare = 3 // ghosts per entry
	bucketSize = 8

	printBits       = 11
	ghostHeatShift  = printBits
	ghostEpochShift = ghostHeatShift + 3
	ghostEpochMask  = 3
)

// wanted reports whether g has no ghosts yet, or was made for a cache of less than half or more than twice this size.
func (g *ghosts) wanted(size int) bool { return size > 2*g.size || size < g.size/2 }

// reset makes room for the ghosts of a cache of this size. It forgets all ghosts.
func (g *ghosts) reset(size int) {
	g.size = size
	g.buckets = make([][bucketSize]uint16, (ghostShare*size+bucketSize-1)/bucketSize)
}

// add adds the ghost of the key with this hash.
func (g *ghosts) add(hash, heat, epoch uint64) {
	b := &g.buckets[home(hash, len(g.buckets))]
	copy(b[1:], b[:bucketSize-1])
	b[0] = uint16(fingerprint(hash) | heat<<ghostHeatShift | epoch&ghostEpochMask<<ghostEpochShift)
}

// take removes the ghost of the key with this hash, and returns its heat as it counts in this epoch. Without a ghost it
// returns 0.
func (g *ghosts) take(hash, epoch uint64) (heat uint64) {
	if len(g.buckets) == 0 {
		return 0
	}
	b := &g.buckets[home(hash, len(g.buckets))]
	for at, ghost := range b {
		if uint64(ghost)&(1<<printBits-1) == fingerprint(hash) {
			copy(b[at:], b[at+1:])
			b[bucketSize-1] = 0
			passed := (epoch - uint64(ghost)>>ghostEpochShift) & ghostEpochMask
			return uint64(ghost) >> ghostHeatShift & maxHeat >> passed
		}
	}
	return 0
}

// fingerprint returns the fingerprint of a hash, which is not 0.
func fingerprint(hash uint64) uint64 { return max(hash>>printShift&(1<<printBits-1), 1) }

// remembered has the keys that a queue has lost last. If one of them comes back, the queue should have been larger.
type remembered struct {
	buckets [][rememberedSize]uint16 // fingerprints, the newest first; 0 is none
}

const (
	rememberedShare = 0.05 // of the entries
	rememberedSize  = 4
)

// reset makes room for the keys of a cache of this size. It forgets all keys.
func (r *remembered) reset(size int) {
	n := int(rememberedShare*float64(size)) + 1
	r.buckets = make([][rememberedSize]uint16, (n+rememberedSize-1)/rememberedSize)
}

func (r *remembered) add(hash uint64) {
	b := &r.buckets[home(hash, len(r.buckets))]
	copy(b[1:], b[:rememberedSize-1])
	b[0] = longFingerprint(hash)
}

// take forgets the key with this hash, and reports whether it was remembered.
func (r *remembered) take(hash uint64) bool {
	if len(r.buckets) == 0 {
		return false
	}
	b := &r.buckets[home(hash, len(r.buckets))]
	for at, key := range b {
		if key == longFingerprint(hash) {
			copy(b[at:], b[at+1:])
			b[rememberedSize-1] = 0
			return true
		}
	}
	return false
}

// longFingerprint returns one of 16 bits, which is not 0.
func longFingerprint(hash uint64) uint16 { return max(uint16(hash>>printShift), 1) }
