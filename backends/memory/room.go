package memory

import (
	"errors"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// refuses returns the error for a value that can never be stored because of its cost, or nil.
func (s *shard[K, V]) refuses(cost int64) error {
	switch {
	case cost < 0:
		return ErrCost
	case cost > s.cache.budget.limit.Load():
		return ErrTooLarge
	default:
		return nil
	}
}

var (
	// errAgain is the result of a write that has removed a portion of the entries that are in its way. It must begin
	// again, after others have had the lock. So a value that costs as much as a million others does not make readers wait
	// for all of them.
	errAgain = errors.New("memory: more entries must leave")

	// errElsewhere is the result of a write that needs room from other shards. It must begin again after raise.
	errElsewhere = errors.New("memory: entries of other shards must leave")
)

// idleSearches is how many sections of a write look for expired entries, if each read makes an entry stay longer: the reads since the
// last write may have made all deadlines later than the shard knows. Later writes go on with the search, a block of slots each.
const idleSearches = 2

// makeRoom removes entries of s until there is room for a write, and reserves its cost. The write is into slot i, or into a
// new one if i is 0. It returns i, or 0 if the entry of i itself was removed: the write counts as a use of it only afterwards,
// so it may be the victim. The error is errAgain or errElsewhere.
func (s *shard[K, V]) makeRoom(i uint32, p *payment, now time.Duration) (uint32, error) {
	for {
		crowded := i == 0 && s.room > 0 && s.slots.used >= s.room
		if !crowded && s.reserve(i, p) {
			return i, nil
		}
		removed, done := 0, true
		if s.cache.idle == ctxcache.NoExpiry || p.searches < idleSearches {
			removed, done = s.expire(now)
		}
		switch {
		case !done:
			p.searches++
			return 0, errAgain
		case !s.effort.allows(evictEffort):
			return 0, errAgain
		case removed > 0:
			continue
		}
		if !crowded && s.poor() {
			return 0, errElsewhere
		}
		switch victim := s.order.victim(); victim {
		case i:
			s.removeVictim(victim, Replaced)
			i = 0
		default:
			s.removeVictim(victim, Evicted)
		}
	}
}

// reserve reserves the cost of a write into slot i, or into a new one if i is 0, and reports whether that was possible.
func (s *shard[K, V]) reserve(i uint32, p *payment) bool {
	if !s.slots.costs {
		return true
	}
	p.need = p.cost
	if i != 0 {
		p.need -= s.slots.cost(i)
	}
	return s.cache.budget.reserve(p)
}

// poorShare is the part of an equal part of the bound that a shard keeps, whatever a write into it costs.
const poorShare = 7. / 8

// poor reports whether the entries of s cost much less than the average over all shards. Then other shards should make room.
// Otherwise a shard that has lost its entries to a large value would stay small.
func (s *shard[K, V]) poor() bool {
	if s.slots.used == 0 {
		return true
	}
	shards := len(s.cache.shards)
	return shards > 1 && float64(s.cost.Load()) < poorShare*float64(s.cache.budget.limit.Load())/float64(shards)
}
