package memory

import (
	"errors"
	"time"
)

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

// errAgain is the result of a write that has removed a portion of the entries that are in its way. It must begin again, after
// others have had the lock. So a value that costs as much as a million others does not make readers wait for all of them.
var errAgain = errors.New("memory: more entries must leave")

// makeRoom removes entries until there is room for a write, or a portion of them is gone: then it reports false. The write
// is into slot i, or into a new one if i is 0. It returns i, or 0 if the entry of i itself was removed: the write counts as a
// use of it only afterwards, so it may be the victim.
func (s *shard[K, V]) makeRoom(i uint32, cost int64, now time.Duration) (_ uint32, done bool) {
	for n := 0; s.tight(i, cost); n++ {
		if n == portion {
			return 0, false
		}
		if removed, _ := s.expire(now, sweepMax, expireBlocks); removed > 0 {
			continue
		}
		switch victim := s.order.victim(); victim {
		case i:
			s.removeVictim(victim, Replaced)
			i = 0
		default:
			s.removeVictim(victim, Evicted)
		}
	}
	return i, true
}

// tight reports whether a write of this cost would exceed a bound. The write is into slot i, or into a new one if i is 0.
func (s *shard[K, V]) tight(i uint32, cost int64) bool {
	if i == 0 {
		return s.room > 0 && s.slots.used >= s.room || s.costRoom > 0 && cost > s.costRoom-s.cost
	}
	return s.costRoom > 0 && cost > s.costRoom-s.cost+s.slots.cost(i)
}
