package memory

// order keeps the entries of a shard in the order of a policy. Its methods are called under the lock of the shard, which
// the caller does not share. Each takes constant time. An entry is known by the number of its slot.
type order interface {
	// expected is called when the key with this hash is going to be added, and before victims are chosen for it. The
	// result is for added.
	expected(hash uint64) (heat uint64)
	// added is called when i has been added to the shard.
	added(i uint32, heat uint64)
	// used is called when i has been read.
	used(i uint32)
	// rewritten is called when i, which was already in the shard, has been written again.
	rewritten(i uint32)
	// removed is called when i is about to leave the shard, for whatever reason.
	removed(i uint32)
	// moved is called when an entry has another slot than before.
	moved(from, to uint32)
	// victim returns the slot to evict next, which is then evicted. It returns 0 if no order is kept, or nothing is in it.
	victim() uint32
	// evicted is called after victim has returned i, and before removed. The key of i has this hash.
	evicted(i uint32, hash uint64)
}

// newOrder returns the order of an empty shard.
func newOrder[K comparable, V any](s *shard[K, V]) order {
	switch s.cache.policy {
	case Adaptive:
		return newAdaptive(s)
	case LRU:
		return newLRU(&s.slots)
	case FIFO:
		return fifo[K, V]{newLRU(&s.slots)}
	case MRU:
		return mru[K, V]{newLRU(&s.slots)}
	case LFU:
		return newLFU(&s.slots)
	case RR:
		return &random[K, V]{slots: &s.slots, pick: s.cache.pick}
	default:
		return unordered{}
	}
}

// reorders reports whether a read changes the order, so that it needs the lock of the shard alone.
func (p Policy) reorders() bool { return p == LRU || p == MRU || p == LFU }

// plain has the methods of orders that know nothing about keys that are not in the cache.
type plain struct{}

func (plain) expected(uint64) uint64 { return 0 }
func (plain) evicted(uint32, uint64) {}

// unordered is the order of a shard that never evicts. It keeps no order, which makes a hit cheaper.
type unordered struct{ plain }

func (unordered) added(uint32, uint64) {}
func (unordered) used(uint32)          {}
func (unordered) rewritten(uint32)     {}
func (unordered) removed(uint32)       {}
func (unordered) moved(uint32, uint32) {}
func (unordered) victim() uint32       { return 0 }
