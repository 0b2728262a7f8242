package memory

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// sweepMax is how many expired entries a write removes at most. A write adds at most one entry, so with two or more
// removals per write the number of expired entries goes down.
const sweepMax = 8

// sweep removes a few expired entries, and a few leases that have run out.
func (s *shard[K, V]) sweep(now time.Duration) {
	if s.deadlines.earliest <= ticks(now) {
		s.expireStep(now)
	}
	s.leases.Sweep(now)
}

// ages reports whether s has entries that expire, or leases.
func (s *shard[K, V]) ages() bool { return s.deadlines.earliest != never || s.leases.Len() > 0 }

// expire removes expired entries until one step has removed some, none is left, or the section has done enough. It returns how
// many it has removed, and reports false in the last case.
func (s *shard[K, V]) expire(now time.Duration) (removed int, done bool) {
	for {
		switch _, found := s.deadlines.block(ticks(now)); {
		case !found:
			return 0, true
		case !s.effort.allows(expireEffort):
			return 0, false
		}
		if removed := s.expireStep(now); removed > 0 {
			return removed, true
		}
	}
}

// expireStep looks through one block of slots for expired entries, and removes at most sweepMax. It returns how many.
func (s *shard[K, V]) expireStep(now time.Duration) (removed int) {
	block, found := s.deadlines.block(ticks(now))
	if !found {
		return 0
	}
	earliest := int64(never)
	begin := uint32(block * fanOut)
	end := min(begin+fanOut, s.slots.end)
	s.effort.add(int(end - min(begin, end)))
	for i := begin; i < end; i++ {
		sl := s.slots.at(i)
		switch {
		case sl.word == 0:
		case sl.gone(now) && removed < sweepMax:
			s.remove(i, Expired)
			removed++
		default:
			earliest = min(earliest, unpack(sl.word, ticks(now)))
		}
	}
	s.deadlines.correct(block, earliest)
	return removed
}

// expireAll removes all expired entries of s and gives up their slots, in portions, for operation op. It returns with s locked, or
// the error of the operation.
func (c *Cache[K, V]) expireAll(ctx context.Context, op ctxcache.Operation, s *shard[K, V]) error {
	for {
		if err := c.lock(ctx, op, s); err != nil {
			return err
		}
		for now := s.now(); ; {
			removed, done := s.expire(now)
			if removed > 0 {
				continue
			}
			if !done || !s.compact() {
				break
			}
			return nil
		}
		s.unlock()
		s.mu.Rest()
	}
}
