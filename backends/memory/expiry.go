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
		s.expire(now, sweepMax, 1)
	}
	s.leases.Sweep(now)
}

// ages reports whether s has entries that expire, or leases.
func (s *shard[K, V]) ages() bool { return s.deadlines.earliest != never || s.leases.Len() > 0 }

// expireBlocks is how many blocks a write looks through for an expired entry, before it evicts a live one: 256 slots.
const expireBlocks = 4

// expire removes expired entries, at most so many, from at most so many blocks of slots. It returns how many it has removed,
// and whether none is left.
func (s *shard[K, V]) expire(now time.Duration, most, blocks int) (removed int, done bool) {
	for range blocks {
		block, found := s.deadlines.block(ticks(now))
		if !found {
			return removed, true
		}
		earliest := int64(never)
		for i := uint32(block * fanOut); i < min(uint32(block*fanOut)+fanOut, s.slots.end); i++ {
			sl := s.slots.at(i)
			switch {
			case sl.word == 0:
			case sl.gone(now) && removed < most:
				s.remove(i, Expired)
				removed++
			default:
				earliest = min(earliest, unpack(sl.word, ticks(now)))
			}
		}
		s.deadlines.correct(block, earliest)
	}
	_, found := s.deadlines.block(ticks(now))
	return removed, !found
}

// portion is how many entries an operation looks at, at most, before it lets others have the lock.
const portion = 256

// expire removes all expired entries of s, in portions, for operation op. It returns with s locked, or the error of the
// operation.
func (c *Cache[K, V]) expire(ctx context.Context, op ctxcache.Operation, s *shard[K, V]) error {
	for {
		if err := c.lock(ctx, op, s); err != nil {
			return err
		}
		if _, done := s.expire(s.now(), portion, expireBlocks); done {
			return nil
		}
		s.unlock()
	}
}
