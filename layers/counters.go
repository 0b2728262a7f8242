package layers

import (
	"math/bits"
	"runtime"
	"sync/atomic"
	"unsafe"
)

// counter is one thing that Stats counts.
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
	countCorrupt
	countTimeouts
	countFillsLost

	counterKinds
)

// counters count without contention. There are several cells, each on its own cache lines, and goroutines that count at
// the same time mostly use different cells. A count is the sum over all cells.
type counters struct {
	cells []cell // a power of two
	shift int    // a hash, shifted right by this, is the index of a cell

	zero atomic.Pointer[[counterKinds]uint64] // the sums at the last reset; nil before the first one
}

type cell struct {
	counts [counterKinds]atomic.Uint64
	_      [128 - 8*counterKinds]byte // processors fetch cache lines in pairs: two cells must not share one
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

// pick returns the index of the running goroutine's cell, which it makes from the address of the goroutine's stack. The
// address is only a hint. It rarely changes for one goroutine, and a goroutine mostly stays on one processor. A random
// cell would often be in another processor's cache: measured, it took two to three times as long.
func (c *counters) pick() uint64 {
	var onStack byte
	const minStack = 2048
	stack := uint64(uintptr(unsafe.Pointer(&onStack))) / minStack
	return stack * 0x9e3779b97f4a7c15 >> c.shift // Fibonacci hashing: the upper bits depend on all of stack
}

// sum returns the count since the last reset.
func (c *counters) sum(what counter) uint64 {
	zero := c.zero.Load() // loaded before the cells: cells only count up, so the difference is not negative
	total := c.total(what)
	if zero != nil {
		total -= zero[what]
	}
	return total
}

// reset makes all counts zero. Events that are counted during the reset fall before it or after it; none is lost.
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
