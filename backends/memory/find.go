package memory

import (
	"math/bits"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// lookup returns the slot of key, or 0. The entry may have expired.
func (s *shard[K, V]) lookup(key K, hash uint64) uint32 {
	i := s.search(s.table.groups, key, hash)
	if i == 0 && s.table.old != nil {
		i = s.search(s.table.old, key, hash)
	}
	return i
}

// search is lookup in one array of groups.
func (s *shard[K, V]) search(groups []group, key K, hash uint64) uint32 {
	if len(groups) == 0 {
		return 0
	}
	wanted := tag(hash)
	at := home(hash, len(groups))
	for first := at; ; {
		g := &groups[at]
		low, high := g.like(wanted)
		for ; low != 0; low &= low - 1 {
			if i := g.slots[bits.TrailingZeros64(low)/8]; i != 0 && s.slots.at(i).key == key {
				return i
			}
		}
		for ; high != 0; high &= high - 1 {
			if i := g.slots[8+bits.TrailingZeros64(high)/8]; i != 0 && s.slots.at(i).key == key {
				return i
			}
		}
		if at = follow(at, len(groups)); g.passed == 0 || at == first {
			return 0
		}
	}
}

// expired reports whether the deadline of slot i has passed. It asks the clock only if the slot has a deadline.
func (s *shard[K, V]) expired(i uint32) bool {
	sl := s.slots.at(i)
	return !sl.lasts() && sl.gone(s.now())
}

// find returns the slot of the live entry of key, or 0. If the entry has a deadline, find also returns the time. Otherwise
// it does not ask the clock, because that takes as long as finding the slot. The caller holds the lock alone.
func (s *shard[K, V]) find(key K, hash uint64) (uint32, time.Duration) {
	i := s.lookup(key, hash)
	if i == 0 || s.slots.at(i).lasts() {
		return i, 0
	}
	now := s.now()
	if s.slots.at(i).gone(now) {
		s.remove(i, Expired)
		return 0, now
	}
	return i, now
}

// read is find for a read that uses the value: it counts as a hit or miss, and as a use. It returns ErrMiss without an
// entry, and ErrNotFound with a negative one.
func (s *shard[K, V]) read(key K, hash uint64) (uint32, time.Duration, error) {
	i, now := s.find(key, hash)
	if i == 0 {
		s.count.misses.Add(1)
		return 0, now, ctxcache.ErrMiss
	}
	s.use(i, now)
	if s.slots.at(i).absent() {
		s.negatives.use(i)
		s.count.negatives++
		return i, now, ctxcache.ErrNotFound
	}
	s.mu.countHit()
	return i, now, nil
}

// use notes that the entry of slot i is used. The caller holds the lock alone.
func (s *shard[K, V]) use(i uint32, now time.Duration) {
	if s.cache.idle != ctxcache.NoExpiry {
		s.prolong(i, now)
	}
	s.order.used(i)
}

// prolong moves the deadline of slot i, which depends on its last use. Readers that share the lock may call it.
func (s *shard[K, V]) prolong(i uint32, now time.Duration) {
	if s.slots.at(i).load()&extraBit == 0 {
		return // the value expires before it can be idle for so long
	}
	deadline := min(deadlineAfter(now, s.cache.idle), s.slots.extra(i).leaves)
	s.slots.at(i).postpone(deadline, ticks(now))
}

// glance is read for a caller that shares the lock, and unlocks it by RUnlockHit after a hit. It returns 0 for a miss. It
// reports false if the caller must take the lock alone, and read: if the entry has expired or is negative. The order must
// not be one that reads change.
func (s *shard[K, V]) glance(key K, hash uint64) (i uint32, now time.Duration, sure bool) {
	if i = s.lookup(key, hash); i == 0 {
		s.count.misses.Add(1)
		return 0, 0, true
	}
	sl := s.slots.at(i)
	word := sl.load()
	if word>>markBits != noDeadline {
		if now = s.now(); passed(word, now) {
			return 0, now, false
		}
	}
	if word&absentBit != 0 {
		return 0, now, false
	}
	if s.cache.idle != ctxcache.NoExpiry {
		s.prolong(i, now)
	}
	if s.cache.policy == Adaptive {
		visit(sl, word, s.phase)
	}
	return i, now, true
}
