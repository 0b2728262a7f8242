package memory

import "time"

// refuses returns why what costs this much can never be stored, or nil.
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

// makeRoom removes nodes until there is room for what is to be written: into n, or, if n is nil, into a node that is
// still to be made. It returns n, or nil if n itself had to go: the write counts as a use of n, but only afterwards.
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

// tight reports whether a write of that cost into n (nil: into a new node) would exceed a bound.
func (s *shard[K, V]) tight(n *node[K, V], cost int64) bool {
	if n == nil {
		return s.room > 0 && len(s.nodes) >= s.room || s.costRoom > 0 && cost > s.costRoom-s.cost
	}
	return s.costRoom > 0 && cost > s.costRoom-s.cost+n.cost
}

// next returns the node that is to go next: one that has expired, or else the victim of the policy. There must
// be one.
func (s *shard[K, V]) next(now time.Duration) *node[K, V] {
	if n := s.deadlines.first(); n != nil && n.gone(now) {
		return n
	}
	return s.order.victim()
}
