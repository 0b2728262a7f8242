package hitratio

import "math/bits"

// sketch estimates how often keys were seen lately: a count-min sketch with four rows and conservative ageing. Counts
// stop at 15. After ten keys for each entry of capacity, all counts are halved. See Einziger, Friedman, Manes: "TinyLFU:
// a highly efficient cache admission policy", ACM Transactions on Storage 2017.
type sketch struct {
	seed           uint64
	rows           [sketchRows][]uint8 // of a power of two
	seen, resetsAt int
}

const (
	sketchRows = 4
	sketchMax  = 15
)

func newSketch(capacity int, seed uint64) *sketch {
	s := &sketch{seed: seed, resetsAt: 10 * capacity}
	width := 4 << bits.Len(uint(capacity-1))
	for i := range s.rows {
		s.rows[i] = make([]uint8, width)
	}
	return s
}

// counters calls each with key's counter of each row.
func (s *sketch) counters(key uint64, each func(*uint8)) {
	h := hash(key, s.seed)
	step := mix(h) | 1
	for _, row := range &s.rows {
		each(&row[h>>32&uint64(len(row)-1)])
		h += step
	}
}

// add counts key.
func (s *sketch) add(key uint64) {
	added := false
	s.counters(key, func(c *uint8) {
		if *c < sketchMax {
			*c++
			added = true
		}
	})
	if !added {
		return
	}
	if s.seen++; s.seen == s.resetsAt {
		s.age()
	}
}

// estimate returns the count of key, or more if other keys have the same counters.
func (s *sketch) estimate(key uint64) int {
	estimate := uint8(sketchMax)
	s.counters(key, func(c *uint8) { estimate = min(estimate, *c) })
	return int(estimate)
}

// age halves all counts.
func (s *sketch) age() {
	s.seen /= 2
	for _, row := range &s.rows {
		for i := range row {
			row[i] /= 2
		}
	}
}
