package memory

// returns counts what each queue of the adaptive order has lost lately, and how much of that has come back. The tables of
// remembered keys see what a queue would win with a few more places. Returns sees where small should be much larger. If
// popularity moves on, keys come back to a large cache long after small has lost them, and main is full of entries that never
// do. If keys are used once more, some time after they came, main is of no use at all.
type returns struct {
	small, main queueReturns
	used        uint32 // entries that were used in small, and moved to main
	evicted     uint32 // entries that left since the counts were halved
	recent      uint32 // recent ghosts of small that came back
	places      uint64 // the sum of the places of all ghosts of small that came back
	hitsBefore  uint64 // the hits of the shard that do not count any more
}

// queueReturns has the counts of one queue.
type queueReturns struct{ left, back uint32 }

const (
	// Small is too small if its ghosts come back at backRatio times the rate of main's ghosts.
	backRatio = 4

	// Of the entries that reach the end of small, at least one in leastUsed must have been used there. Loops have fewer: their
	// keys come back as well, but a larger small would not hit them either.
	leastUsed = 25

	// Small is too small, too, if a key comes back after so many accesses on average, for each entry that fits. A loop that
	// does not fit comes back later.
	reach = 0.85

	// Small is too small for that only if lead times as many recent ghosts come back as there are hits, so that there is little
	// to lose, and leastRecent more, so that a few decide nothing.
	lead        = 1.25
	leastRecent = 16

	// A ghost is recent if fewer than recentPlaces of its bucket are newer. A larger small could still have its entry.
	recentPlaces = 2

	recentStep = 2 // places that small gets for each of them

	// The place of a ghost in its bucket says how many entries have left since. One place is so many, for each entry that fits.
	placeAge = float64(ghostShare) / float64(bucketSize)

	// The counts are halved after half as many evictions as there are entries, but after leastCounted in a small cache: a few
	// dozen would often look like more than they are.
	leastCounted = 100
)

// left notes that an entry was evicted from a cache of this size, which has had so many hits. The hits before the first
// eviction do not count: everything stayed until then, so they do not show that main keeps what is used.
func (r *returns) left(fromMain bool, size int, hits uint64) {
	if r.small.left+r.main.left == 0 {
		r.hitsBefore = hits
	}
	r.of(fromMain).left++
	if r.evicted++; int(r.evicted) >= max(size/2, leastCounted) {
		r.evicted = 0
		for _, count := range []*uint32{&r.small.left, &r.small.back, &r.main.left, &r.main.back, &r.used, &r.recent} {
			*count /= 2
		}
		r.places /= 2
		r.hitsBefore = hits - r.hits(hits)/2
	}
}

// came notes that the key of a ghost came back, which had this place in its bucket.
func (r *returns) came(fromMain bool, place int) {
	r.of(fromMain).back++
	if fromMain {
		return
	}
	r.places += uint64(place)
	if place < recentPlaces {
		r.recent++
	}
}

func (r *returns) of(fromMain bool) *queueReturns {
	if fromMain {
		return &r.main
	}
	return &r.small
}

// hits returns how many of the hits of the shard count.
func (r *returns) hits(all uint64) uint64 { return all - r.hitsBefore }

// comesBackMore reports whether small should be much larger, because far more of its ghosts come back than of main's: rule 4 of
// docs/memory-engine.md. Main counts as if it had lost two more entries, and one of them had come back, so that a few evictions decide nothing.
func (r *returns) comesBackMore() bool {
	used, small, main := int64(r.used), int64(r.small.left), int64(r.main.left)
	return leastUsed*used >= used+small && int64(r.small.back)*(main+2) > backRatio*int64(r.main.back+1)*(small+1)
}

// comesBackEarly reports whether small should be much larger, because it would then have most keys when they come back, and hit
// more often than the whole cache does now: rule 5 of docs/memory-engine.md. Share is the part of the entries that small has. All are the hits of the shard.
func (r *returns) comesBackEarly(share float64, all uint64) bool {
	hits := r.hits(all)
	if float64(r.recent) <= lead*float64(hits)+leastRecent {
		return false
	}
	misses := float64(r.small.left + r.main.left)
	passed := share + placeAge*float64(r.places)/float64(r.small.back) // entries that have entered meanwhile
	return passed*(misses+float64(hits)) < reach*misses
}
