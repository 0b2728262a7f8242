package hits

import (
	"math/bits"
	"slices"
)

// Optimum returns how many hits the best policy for a trace has, in a cache of so many entries: Belady's, which evicts the
// key whose next use is farthest away (L. A. Belady, IBM Systems Journal 5(2), 1966). A key may also not enter at all, if
// its own next use is the farthest.
//
// The cache is a set of positions in the trace: each key that it has stands for the position of its next use. So an access
// is a hit if its position is in the set, and the victim is the largest element.
func Optimum(keys []uint32, capacity int) (hits int) {
	next := nextUses(keys)
	cached := newPositions(len(keys))
	size := 0
	for i := range keys {
		if cached.has(i) {
			hits++
			cached.remove(i)
			size--
		}
		if next[i] == len(keys) {
			continue // it is never used again
		}
		cached.add(next[i])
		if size++; size > capacity {
			cached.remove(cached.max())
			size--
		}
	}
	return hits
}

// nextUses returns for each position the next position with the same key, or the length of the trace if there is none.
func nextUses(keys []uint32) []int {
	next := make([]int, len(keys))
	seen := make(map[uint32]int)
	for i := len(keys) - 1; i >= 0; i-- {
		next[i] = len(keys)
		if at, ok := seen[keys[i]]; ok {
			next[i] = at
		}
		seen[keys[i]] = i
	}
	return next
}

// positions is a set of numbers with a fast maximum. Level 0 has a bit for each number. A bit of a higher level says
// whether 64 bits of the level below have one that is set.
type positions [][]uint64

func newPositions(n int) positions {
	var p positions
	for words := (n + 63) / 64; ; words = (words + 63) / 64 {
		p = append(p, make([]uint64, words))
		if words <= 1 {
			return p
		}
	}
}

func (p positions) has(n int) bool { return p[0][n/64]>>(n%64)&1 == 1 }

func (p positions) add(n int) {
	for _, level := range p {
		level[n/64] |= 1 << (n % 64)
		n /= 64
	}
}

func (p positions) remove(n int) {
	for _, level := range p {
		if level[n/64] &^= 1 << (n % 64); level[n/64] != 0 {
			return
		}
		n /= 64
	}
}

// max returns the largest number. The set must not be empty.
func (p positions) max() int {
	at := 0
	for _, level := range slices.Backward(p) {
		at = at*64 + bits.Len64(level[at]) - 1
	}
	return at
}
