package cachetoolsutils

import "sync/atomic"

// PrefixCounter gives each [AutoPrefixedCache] its number. The zero PrefixCounter begins with 0. It may be used
// concurrently.
type PrefixCounter struct {
	next atomic.Uint64
}

// NewPrefixCounter returns a counter whose first number is first.
func NewPrefixCounter(first uint64) *PrefixCounter {
	c := new(PrefixCounter)
	c.next.Store(first)
	return c
}

// take returns the next number, and counts up.
func (c *PrefixCounter) take() uint64 { return c.next.Add(1) - 1 }

// processCounter is the counter for options without one.
var processCounter PrefixCounter
