package memory

// returns counts what each queue of the adaptive order has lost lately, and how much of that has come back. The tables of
// remembered keys see what a queue would win with a few more places. Returns sees what lies beyond: if popularity moves on, keys
// come back to a large cache long after small has lost them, and main is full of entries that never do.
type returns struct {
	small, main queueReturns
	used        int64 // entries that were used in small, and moved to main
	evicted     int   // entries that left since the counts were halved
}

// queueReturns has the counts of one queue.
type queueReturns struct{ left, back int64 } // 64 bits, because smallIsShort multiplies them

const (
	// Small is too small if its ghosts come back at farRatio times the rate of main's ghosts.
	farRatio = 4

	// Of the entries that reach the end of small, at least one in leastUsed must have been used there. Loops have fewer: their keys
	// come back as well, but a larger small would not hit them either.
	leastUsed = 25

	// A ghost counts if fewer than farPlace of its bucket are newer. A larger small could still have its entry.
	farPlace = 2

	farStep = 2 // places that small gets for each such ghost

	// The counts are halved after as many evictions as there are entries, but after leastCounted in a small cache: a few dozen
	// would often look like more than they are.
	leastCounted = 1000
)

// left notes that an entry was evicted from a cache of this size.
func (r *returns) left(fromMain bool, size int) {
	r.of(fromMain).left++
	if r.evicted++; r.evicted >= max(size, leastCounted) {
		r.evicted = 0
		r.used /= 2
		for _, q := range []*queueReturns{&r.small, &r.main} {
			q.left, q.back = q.left/2, q.back/2
		}
	}
}

// came notes that the key of a ghost came back.
func (r *returns) came(fromMain bool) { r.of(fromMain).back++ }

func (r *returns) of(fromMain bool) *queueReturns {
	if fromMain {
		return &r.main
	}
	return &r.small
}

// smallIsShort reports whether small should be much larger. Main counts as if it had lost two more entries, and one of them had
// come back, so that a few evictions decide nothing.
func (r *returns) smallIsShort() bool {
	return leastUsed*r.used >= r.used+r.small.left &&
		r.small.back*(r.main.left+2) > farRatio*(r.main.back+1)*(r.small.left+1)
}
