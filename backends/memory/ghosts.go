package memory

// ghosts record how often entries were used that were evicted. The hash of its key chooses the bucket of a ghost. The ghost
// leaves when newer ones have filled the bucket.
type ghosts struct {
	buckets []bucket
	size    int // of the cache that they are for
}

// bucket has a few ghosts, the newest first.
type bucket [2]row

// ghost is what remains of an entry: 10 bits of the hash of its key, whether main has lost it, its heat, and the epoch of that.
// About one new key in 130 looks like a ghost, and may then keep a place that it does not deserve. The zero value is no ghost.
type ghost uint16

const (
	ghostShare = 3 // ghosts per entry
	bucketSize = len(bucket{}) * rowSize

	printBits       = 10
	printMask       = 1<<printBits - 1
	ghostMain       = 1 << printBits
	ghostHeatShift  = printBits + 1
	ghostEpochShift = ghostHeatShift + 3
	ghostEpochMask  = 3
)

func newGhost(hash, heat, epoch uint64, fromMain bool) ghost {
	g := ghost(fingerprint(hash) | heat<<ghostHeatShift | epoch&ghostEpochMask<<ghostEpochShift)
	if fromMain {
		g |= ghostMain
	}
	return g
}

// fromMain reports whether main has lost the entry.
func (g ghost) fromMain() bool { return g&ghostMain != 0 }

// heat returns the heat as it counts in this epoch.
func (g ghost) heat(epoch uint64) uint64 {
	passed := (epoch - uint64(g)>>ghostEpochShift) & ghostEpochMask
	return uint64(g) >> ghostHeatShift & maxHeat >> passed
}

// misfits reports whether g has no ghosts yet, or was made for a cache of less than half or more than twice this size.
func (g *ghosts) misfits(size int) bool { return size > 2*g.size || size < g.size/2 }

// reset makes room for the ghosts of a cache of this size. It forgets all ghosts.
func (g *ghosts) reset(size int) {
	g.size = size
	g.buckets = make([]bucket, (ghostShare*size+bucketSize-1)/bucketSize)
}

// add adds the ghost of the key with this hash.
func (g *ghosts) add(hash uint64, added ghost) {
	b := &g.buckets[home(hash, len(g.buckets))]
	b[1].push(b[0].push(uint16(added)))
}

// take removes the ghost of the key with this hash, and returns it with its place in its bucket. Without a ghost it returns 0.
func (g *ghosts) take(hash uint64) (taken ghost, place int) {
	if len(g.buckets) == 0 {
		return 0, 0
	}
	b := &g.buckets[home(hash, len(g.buckets))]
	if place = b[0].find(fingerprint(hash), printMask); place < rowSize {
		return ghost(b[0].cut(place, b[1].cut(0, 0))), place
	}
	if place = b[1].find(fingerprint(hash), printMask); place < rowSize {
		return ghost(b[1].cut(place, 0)), rowSize + place
	}
	return 0, 0
}

// fingerprint returns the fingerprint of a hash, which is not 0.
func fingerprint(hash uint64) uint64 { return max(hash>>printShift&printMask, 1) }

// remembered has the keys that a queue has lost last. If one of them comes back, the queue should have been larger.
type remembered struct {
	buckets []row // fingerprints, the newest first
}

const (
	rememberedShare = 0.05 // of the entries
	rememberedMask  = 1<<16 - 1
)

// reset makes room for the keys of a cache of this size. It forgets all keys.
func (r *remembered) reset(size int) {
	n := int(rememberedShare*float64(size)) + 1
	r.buckets = make([]row, (n+rowSize-1)/rowSize)
}

func (r *remembered) add(hash uint64) {
	r.buckets[home(hash, len(r.buckets))].push(uint16(longFingerprint(hash)))
}

// take forgets the key with this hash, and reports whether it was remembered.
func (r *remembered) take(hash uint64) bool {
	if len(r.buckets) == 0 {
		return false
	}
	b := &r.buckets[home(hash, len(r.buckets))]
	place := b.find(longFingerprint(hash), rememberedMask)
	if place == rowSize {
		return false
	}
	b.cut(place, 0)
	return true
}

// longFingerprint returns one of 16 bits, which is not 0.
func longFingerprint(hash uint64) uint64 { return max(hash>>printShift&rememberedMask, 1) }
