package memory

import (
	"math"
	"time"
)

// NoNegatives, as MaxNegative, means that the cache keeps no negative entries.
const NoNegatives = math.MinInt

// negativeShare is the part of the bound that is the default limit: an eighth.
const negativeShare = 8

// negativeLimit returns the largest number of negative entries, or Unbounded. The other defaults of o are filled in.
// A negative entry costs leastCost, which is 1, so a share of MaxCost is a number of entries, too.
func (o *Options[K, V]) negativeLimit() int {
	switch {
	case o.MaxNegative == NoNegatives:
		return 0
	case o.MaxNegative > 0:
		return o.MaxNegative
	case o.MaxEntries == Unbounded && o.MaxCost == 0:
		return Unbounded
	}
	bound := int64(math.MaxInt)
	if o.MaxEntries > 0 {
		bound = int64(o.MaxEntries)
	}
	if o.MaxCost > 0 {
		bound = min(bound, o.MaxCost)
	}
	return max(int(bound/negativeShare), 1)
}

// negativeRoom returns the part of the i-th of count shards in limit, which is the result of negativeLimit.
func negativeRoom(limit, count, i int) int {
	if limit == Unbounded {
		return math.MaxInt
	}
	return part(limit, count, i)
}

// The negative entries of a shard are also in a list, ordered by their last use. The order is the same for every policy,
// because a scan asks for each key once: the absent keys that are asked for often stay. Values have no place in the list.
// So they need no memory for it, and a hit does not touch it.

// makeNegativeRoom removes nodes until there is room for one more negative entry. It removes expired nodes first, as
// every eviction does, and then only negative entries: a scan of absent keys must not evict values.
func (s *shard[K, V]) makeNegativeRoom(now time.Duration) {
	for s.negatives.Len() >= s.negativeRoom {
		n, cause := s.deadlines.first(), Expired
		if n == nil || !n.gone(now) {
			n, cause = s.negatives.Front().Value.(*node[K, V]), Evicted
		}
		s.remove(n, cause)
	}
}

// setNegative makes n a negative entry, or a value. This counts as a use of a negative entry.
func (s *shard[K, V]) setNegative(n *node[K, V], negative bool) {
	switch {
	case n.absent() && negative:
		s.negatives.MoveToBack(n.negative)
	case negative:
		n.negative = s.negatives.PushBack(n)
	case n.absent():
		s.negatives.Remove(n.negative)
		n.negative = nil
	}
}
