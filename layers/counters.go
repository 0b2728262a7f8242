package layers

import (
	"math/bits"
	"runtime"
	"sync/atomic"
	"unsafe"
)

// counter is one of the things that Stats counts.
type counter int

const (
	countTests counter = iota
	countHits
	countNegatives
	countMisses
	countUnanswered // reads that failed
	countWrites
	countDeletes
	countFailures

	counterKinds
)

// counters count without contention: there are several cells, each on cache lines of its own, and goroutines that
// count at the same time mostly do so in different ones. A count is the sum over all cells.
type counters struct {
	cells []cell // a power of two
	shift int    // leaves as many bits of a hash as cells need

	zero atomic.Pointer[[counterKinds]uint64] // what the sums were at the last reset; nil before the first
}

type cell struct {
	counts [counterKinds]atomic.Uint64
	_      [64]byte // processors fetch cache lines in pairs
}

func newCounters() counters {
	cellBits := bits.Len(uint(4*runtime.GOMAXPROCS(0) - 1))
	return counters{cells: make([]cell, 1<<cellBits), shift: 64 - cellBits}
}

func (c *counters) add(what counter, n int) {
	if n > 0 {
		c.cells[c.pick()].counts[what].Add(uint64(n))
	}
}

// pick returns the cell of the running goroutine, told by where its stack is. That is only a hint, but one that stays
// with a goroutine, and so mostly with its processor; a random cell is likely to be in another processor's cache, and
// was measured to cost two to three times as much.
func (c *counters) pick() uint64 {
	var onStack byte
	const minStack = 2048
	stack := uint64(uintptr(unsafe.Pointer(&onStack))) / minStack
	return stack * 0x9e3779b97f4a7c15 >> c.shift // Fibonacci hashing: the upper bits depend on all of stack
}

// sum returns the count since the last reset.
func (c *counters) sum(what counter) uint64 {
	zero := c.zero.Load() // before the cells are read, which only count up
	total := c.total(what)
	if zero != nil {
		total -= zero[what]
	}
	return total
}

// reset makes the counts begin at zero again. What is counted meanwhile is counted before or after it, and not lost.
func (c *counters) reset() {
	zero := new([counterKinds]uint64)
	for what := range counterKinds {
		zero[what] = c.total(what)
	}
	c.zero.Store(zero)
}

func (c *counters) total(what counter) (total uint64) {
	for i := range c.cells {
		total += c.cells[i].counts[what].Load()
	}
	return total
}
