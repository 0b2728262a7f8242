package memory

import (
	"math"
	"time"

	"github.com/ctxcache/cached/internal/shrinking"
)

// NoNegatives, as MaxNegative, means that the cache keeps no negative entries.
const NoNegatives = math.MinInt

// negativeShare is the part of the bound that is the default limit: an eighth.
const negativeShare = 8

// negativeLimit returns the largest number of negative entries in so many shards, or Unbounded. The other defaults of o
// are filled in. A negative entry costs leastCost, which is 1, so a share of MaxCost is a number of entries, too.
func (o *Options[K, V]) negativeLimit(shards int) int {
	switch {
	case o.MaxNegative == NoNegatives:
		return 0
	case o.MaxNegative > 0:
		return o.MaxNegative
	case o.MaxEntries == Unbounded && !o.costly():
		return Unbounded
	}
	bound := int64(math.MaxInt)
	if o.MaxEntries > 0 {
		bound = int64(o.MaxEntries)
	}
	if o.MaxCost > 0 {
		bound = min(bound, o.MaxCost)
	}
	if o.MaxBytes > 0 {
		bound = min(bound, o.MaxBytes/(tableBytes+negativeBytes+(*slab[K, V])(nil).slotBytes()))
	}
	return max(int(bound/negativeShare), shards) // a shard without one would load its absent keys again and again
}

// negativeCostLimit returns the largest sum of the costs of negative entries in each of count shards. Only a bound of bytes needs
// one besides negativeLimit, because keys may have any length.
func (o *Options[K, V]) negativeCostLimit(count int) int64 {
	if o.MaxBytes == 0 || o.MaxNegative != 0 {
		return math.MaxInt64
	}
	return o.MaxBytes / negativeShare / int64(count)
}

// negativeRoom returns the part of the i-th of count shards in limit, which is the result of negativeLimit.
func negativeRoom(limit, count, i int) int {
	if limit == Unbounded {
		return math.MaxInt
	}
	return part(limit, count, i)
}

// negatives are the negative entries of a shard, ordered by their last use. The order is the same for every policy, because
// a scan asks for each key once: the absent keys that are asked for often stay. Values have no place here. So they need no
// memory for it, and a hit does not touch it.
type negatives struct {
	nodes slab[uint32, struct{}] // its keys are slots of the shard
	order queue[uint32, struct{}]
	at    shrinking.Map[uint32, uint32] // the node of a slot
	cost  int64                         // the sum of the costs of the entries
}

// reset makes n empty, and notes its bound.
func (n *negatives) reset(room int) {
	*n = negatives{nodes: slab[uint32, struct{}]{end: 1}}
	n.order.slots = &n.nodes
	n.bound(room)
}

// bound notes that there will be at most room entries from now on, or after a few removals.
func (n *negatives) bound(room int) {
	if int64(room) > mostRoom {
		room = 0 // not known
	}
	n.nodes.bound(room)
}

func (n *negatives) len() int { return n.nodes.used }

func (n *negatives) add(i uint32) {
	node := n.nodes.take()
	sl := n.nodes.at(node)
	sl.word, sl.key = 1, i // a word of 0 would mean that the node is free
	n.order.push(node)
	n.at.Set(i, node)
}

func (n *negatives) use(i uint32) { n.order.renew(n.at.Get(i)) }

func (n *negatives) remove(i uint32) {
	node := n.at.Get(i)
	n.at.Delete(i)
	n.order.remove(node)
	n.nodes.put(node)
	for n.nodes.sparse() { // at most twice, because it was not before
		if from, to := n.nodes.shrink(); from != to {
			n.order.join(to)
			n.at.Set(n.nodes.at(to).key, to)
		}
	}
}

// moved notes that an entry, which may be negative, has another slot than before.
func (n *negatives) moved(from, to uint32) {
	if node := n.at.Get(from); node != 0 {
		n.at.Delete(from)
		n.at.Set(to, node)
		n.nodes.at(node).key = to
	}
}

// oldest returns the least recently used one. There must be one.
func (n *negatives) oldest() uint32 { return n.nodes.at(n.order.oldest).key }

// tooNegative reports whether s would have too many negative entries with so many more, which cost so much. A single one may
// have any cost.
func (s *shard[K, V]) tooNegative(more int, cost int64) bool {
	n := s.negatives.len() + more
	return n > s.negativeRoom || n > 1 && s.negatives.cost+cost > s.negativeCostRoom
}

// makeNegativeRoom removes entries until there is room for one more negative entry of this cost. It removes expired ones first, as
// every eviction does, and then only negative ones: a scan of absent keys must not evict values. It reports false if it has not
// come to the end in this section.
func (s *shard[K, V]) makeNegativeRoom(cost int64, now time.Duration) bool {
	for s.tooNegative(1, cost) {
		removed, done := s.expire(now)
		if !done || !s.effort.allows(removeEffort) {
			return false
		}
		if removed == 0 {
			s.remove(s.negatives.oldest(), Evicted)
		}
	}
	return true
}

// setNegative makes the entry of slot i, whose word and cost are not changed yet, a negative entry of this cost or a value. This
// counts as a use of a negative entry.
func (s *shard[K, V]) setNegative(i uint32, negative bool, cost int64) {
	was := s.slots.at(i).absent()
	if was {
		s.negatives.cost -= s.slots.cost(i)
	}
	if negative {
		s.negatives.cost += cost
	}
	switch {
	case was && negative:
		s.negatives.use(i)
	case negative:
		s.negatives.add(i)
	case was:
		s.negatives.remove(i)
	}
}
