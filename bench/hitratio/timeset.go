package hitratio

import (
	"math/bits"
	"slices"
)

// timeSet is a set of numbers below a bound. It is a tree of bitmaps: a bit of a level is set if the word below it is
// not zero. All operations touch one word of each level, and there are three levels for 262,144 numbers.
type timeSet struct {
	levels [][]uint64 // the numbers first; the last level has one word
	size   int
}

func newTimeSet(bound int) timeSet {
	var s timeSet
	for {
		bound = max(1, (bound+63)/64)
		s.levels = append(s.levels, make([]uint64, bound))
		if bound == 1 {
			return s
		}
	}
}

// add adds x, which is not in s.
func (s *timeSet) add(x int) {
	s.size++
	for _, words := range s.levels {
		words[x/64] |= 1 << (x % 64)
		x /= 64
	}
}

// remove removes x, and reports whether it was in s.
func (s *timeSet) remove(x int) bool {
	if s.levels[0][x/64]&(1<<(x%64)) == 0 {
		return false
	}
	s.size--
	for _, words := range s.levels {
		words[x/64] &^= 1 << (x % 64)
		if words[x/64] != 0 {
			break
		}
		x /= 64
	}
	return true
}

// max returns the largest number in s, which is not empty.
func (s *timeSet) max() int {
	x := 0
	for _, words := range slices.Backward(s.levels) {
		x = x*64 + bits.Len64(words[x]) - 1
	}
	return x
}
