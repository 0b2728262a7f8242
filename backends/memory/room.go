package memory

import "time"

// refuses returns the error for a value that can never be stored because of its cost, or nil.
func (s *shard[K, V]) refuses(cost int64) error {
	switch {
	case s.costRoom == 0 || 0 <= cost && cost <= s.costRoom:
		return nil
	case cost < 0:
		return ErrCost
	default:
		return ErrTooLarge
	}
}

// makeRoom removes nodes until there is room for a write. The write is into n, or into a new node if n is nil. It
// returns n, or nil if n itself was removed: the write counts as a use of n only afterwards, so n may be the victim.
func (s *shard[K, V]) makeRoom(n *node[K, V], cost int64, now time.Duration) *node[K, V] {
	for s.tight(n, cost) {
		switch victim := s.next(now); {
		case victim.gone(now):
			s.remove(victim, Expired)
		case victim == n:
			s.remove(victim, Replaced)
			n = nil
		default:
			s.remove(victim, Evicted)
		}
	}
	return n
}

// tight reports whether a write of this cost would exceed a bound. The write is into n, or into a new node if n is nil.
func (s *shard[K, V]) tight(n *node[K, V], cost int64) bool {
	if n == nil {
		return s.room > 0 && len(s.nodes) >= s.room || s.costRoom > 0 && cost > s.costRoom-s.cost
	}
	return s.costRoom > 0 && cost > s.costRoom-s.cost+n.cost
}

// next returns the node to remove next: an expired one, or the victim of the policy. It is called only if there are
// nodes.
func (s *shard[K, V]) next(now time.Duration) *node[K, V] {
	if n := s.deadlines.first(); n != nil && n.gone(now) {
		return n
	}
	return s.order.victim()
}
