package memory

// shrinkSteps is how many slots one operation gives up at most, so that memory comes back after a burst.
const shrinkSteps = 4

// shrink gives up a few slots if too many are free.
func (s *shard[K, V]) shrink() {
	for range shrinkSteps {
		if !s.sparse() {
			return
		}
		s.giveUp()
	}
}

// compact gives up slots until not too many are free. It reports false if this section has done enough.
func (s *shard[K, V]) compact() (done bool) {
	for s.sparse() {
		if !s.effort.allows(1) {
			return false
		}
		s.giveUp()
	}
	return true
}

// sparse reports whether so many slots are free that s should give up some. A scan needs all slots where they are.
func (s *shard[K, V]) sparse() bool { return s.slots.sparse() && len(s.scans) == 0 }

// giveUp gives up one slot.
func (s *shard[K, V]) giveUp() {
	s.effort.add(1)
	from, to := s.slots.shrink()
	if to == 0 {
		return
	}
	s.table.replace(s.hashOf(to), from, to)
	s.order.moved(from, to)
	s.negatives.moved(from, to)
	s.deadlines.add(to, unpack(s.slots.at(to).word, ticks(s.now())))
}
