package memory

import (
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// lookup returns the slot of key and its number, or nil and 0. The entry may have expired.
func (s *shard[K, V]) lookup(key K, hash uint64) (*slot[K, V], uint32) {
	sl, i := s.search(s.table.groups, key, hash)
	if i == 0 && s.table.old != nil {
		return s.search(s.table.old, key, hash)
	}
	return sl, i
}

// search is lookup in one array of groups.
func (s *shard[K, V]) search(groups []group, key K, hash uint64) (*slot[K, V], uint32) {
	wanted := tag(hash)
	at := home(hash, len(groups))
	for first := at; ; {
		g := &groups[at]
		for like := g.like(wanted); like != 0; like = like.rest() {
			if i := g.slots[like.first()]; i != 0 {
				if sl := s.slots.at(i); sl.key == key {
					return sl, i
				}
			}
		}
		if at = follow(at, len(groups)); g.passed == 0 || at == first {
			return nil, 0
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
	sl, i := s.lookup(key, hash)
	if i == 0 || sl.lasts() {
		return i, 0
	}
	now := s.now()
	if sl.gone(now) {
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
func (s *shard[K, V]) glance(key K, hash uint64) (sl *slot[K, V], i uint32, now time.Duration, sure bool) {
	sl, i = s.lookup(key, hash)
	if i == 0 {
		s.count.misses.Add(1)
		return nil, 0, 0, true
	}
	word := sl.load()
	if word>>markBits != noDeadline {
		if now = s.now(); passed(word, now) {
			return nil, 0, now, false
		}
	}
	if word&absentBit != 0 {
		return nil, 0, now, false
	}
	if s.cache.idle != ctxcache.NoExpiry {
		s.prolong(i, now)
	}
	if s.cache.policy == Adaptive {
		visit(sl, word, s.phase)
	}
	return sl, i, now, true
}
