package hitratio

import "math"

// OPT is the best that any policy can do: it knows the trace. On a miss, the key whose next access comes last stays out,
// which may be the missed key itself (bypass). See Belady: "A study of replacement algorithms for a virtual-storage
// computer", 1966.
//
// It keeps the time of the next access of each cached key. At time t, the key that is accessed is cached if t is one of
// these times. A key without a next access is never kept.
type OPT struct {
	capacity int
	now      int
	next     []uint32 // the time of the next access to the key that is accessed at a time, or never
	cached   timeSet
}

const never = math.MaxUint32

// NewOPT returns a policy for the accesses of t, in their order. Capacity is the number of keys, at least 1.
func NewOPT(t *Trace, capacity int) *OPT {
	return &OPT{capacity: capacity, next: nextAccesses(t), cached: newTimeSet(len(t.Keys))}
}

// Access implements Policy. The key must be the next one of the trace; the policy does not look at it.
func (c *OPT) Access(uint64) bool {
	hit := c.cached.remove(c.now)
	if next := c.next[c.now]; next != never {
		c.cached.add(int(next))
		if c.cached.size > c.capacity {
			c.cached.remove(c.cached.max())
		}
	}
	c.now++
	return hit
}

// nextAccesses returns, for each time, when the key that is accessed then is accessed again, or never.
func nextAccesses(t *Trace) []uint32 {
	next := make([]uint32, len(t.Keys))
	upcoming := make([]uint32, t.Distinct)
	for i := range upcoming {
		upcoming[i] = never
	}
	for i := len(t.Keys) - 1; i >= 0; i-- {
		key := t.Keys[i]
		next[i] = upcoming[key]
		upcoming[key] = uint32(i)
	}
	return next
}
