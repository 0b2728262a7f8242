package memory

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// terms returns the TTL and the cost for storing e under key. The default TTL is filled in. It calls the functions of
// the options, so it must be called before a lock is taken.
func (c *Cache[K, V]) terms(ctx context.Context, key K, e *ctxcache.Entry[V]) (ttl time.Duration, cost int64) {
	if c.ttlOf != nil || c.cost != nil {
		return c.consult(ctx, key, e)
	}
	return c.ttlOr(e.TTL), 0
}

// consult is terms for options with functions. It does not call them if the operation will fail anyway.
func (c *Cache[K, V]) consult(ctx context.Context, key K, e *ctxcache.Entry[V]) (ttl time.Duration, cost int64) {
	ttl = c.ttlOr(e.TTL)
	switch {
	case c.usable(ctx) != nil, c.checkKey(key) != nil, e.Absent && c.cost == nil:
		return ttl, 0
	case e.Absent:
		cost = c.negativeCost(key)
	default:
		if c.ttlOf != nil && e.TTL == 0 {
			ttl = c.ttlOf(key, e.Value)
		}
		if c.cost != nil {
			if cost = c.cost(key, e.Value); cost == 0 {
				cost = leastCost
			}
		}
	}
	return ttl, cost + c.costOfExtra(needsExtra(e, ttl))
}

// costOfExtra returns what an extra costs an entry that needs one or not. A chunk of slots has extras for all of its entries or
// for none. So once an entry has needed one, all that are stored after it pay, until the cache is cleared.
func (c *Cache[K, V]) costOfExtra(needed bool) int64 {
	if c.extraCost == 0 {
		return 0
	}
	if needed && !c.extras.Load() {
		c.extras.Store(true)
	}
	if !c.extras.Load() {
		return 0
	}
	return c.extraCost
}

// needsExtra reports whether an entry that lives for ttl needs an extra, in a cache without Options.Idle.
func needsExtra[V any](e *ctxcache.Entry[V], ttl time.Duration) bool {
	return e.Life(ttl) != ttl || ttl > longest && ttl != ctxcache.NoExpiry || e.StaleWindow() != 0 || !e.Written.IsZero()
}

// termsToSet is terms for an operation that needs no lease. If a function of the options panics, it removes the entry of
// key: the caller wanted to replace it, so readers must not get it any more.
func (c *Cache[K, V]) termsToSet(
	ctx context.Context, op ctxcache.Operation, key K, e *ctxcache.Entry[V],
) (ttl time.Duration, cost int64) {
	if c.ttlOf == nil && c.cost == nil {
		return c.ttlOr(e.TTL), 0
	}
	returned := false
	defer func() {
		if !returned {
			c.displace(context.WithoutCancel(ctx), op, key) // the function may have run until ctx ended
		}
	}()
	ttl, cost = c.consult(ctx, key, e)
	returned = true
	return ttl, cost
}

// displace removes the entry of key, and ends a lease on key, because the new entry cannot be stored.
func (c *Cache[K, V]) displace(ctx context.Context, op ctxcache.Operation, key K) {
	s, hash, err := c.enter(ctx, op, key)
	if err != nil {
		return // a panic goes on, so nobody can get the error
	}
	s.leases.Kill(key)
	if i, _ := s.find(key, hash); i != 0 {
		s.remove(i, Replaced)
	}
	s.unlock()
	c.sawDelete(hash)
}

// ttlOr returns ttl, or the default if it is 0.
func (c *Cache[K, V]) ttlOr(ttl time.Duration) time.Duration {
	if ttl == 0 {
		return c.ttl
	}
	return ttl
}

// store stores e, which has been checked, under key for ttl, at the cost of p. If e cannot be stored, has already expired,
// or is negative in a shard that keeps no negative entries, key has no entry afterwards, because the previous one is
// older. The error is ErrTooLarge or ErrCost, or one of
// makeRoom.
func (s *shard[K, V]) store(key K, hash uint64, e *ctxcache.Entry[V], ttl time.Duration, p *payment) error {
	life := e.Life(ttl)
	var now time.Duration // not needed if nothing in the shard expires
	if life != ctxcache.NoExpiry || s.cache.idle != ctxcache.NoExpiry || s.ages() {
		now = s.now()
		s.sweep(now)
	}

	sl, i := s.lookup(key, hash)
	if i != 0 && sl.gone(now) {
		s.remove(i, Expired)
		i = 0
	}
	if refusal := s.refuses(p.cost); refusal != nil || ttl <= 0 || e.Absent && s.negativeRoom == 0 {
		if i != 0 {
			s.remove(i, Replaced)
		}
		return refusal
	}

	if e.Absent && (i == 0 || !s.slots.at(i).absent()) {
		if !s.makeNegativeRoom(p.cost, now) { // before makeRoom, which then needs no value to leave
			return errAgain
		}
	}
	if i == 0 && !p.expected { // once, because the order counts this miss, and forgets what it answers
		p.expected, p.heat = true, s.order.expected(hash)
	}
	i, err := s.makeRoom(i, p, now)
	if err != nil {
		return err
	}
	if i == 0 {
		i = s.add(s.own(key), hash, p.heat)
	} else {
		s.depart(i, Replaced)
		s.order.rewritten(i)
	}
	s.setNegative(i, e.Absent, p.cost)
	s.write(i, e, now, ttl, life)
	if s.slots.costs {
		more := p.cost - s.slots.cost(i)
		s.slots.setCost(i, p.cost)
		s.cost.Add(more)
		s.cache.budget.settle(p, more)
	}
	s.count.writes++
	return nil
}

// add adds an entry without a value, and returns its slot.
func (s *shard[K, V]) add(key K, hash, heat uint64) uint32 {
	i := s.slots.take()
	s.slots.at(i).key = key
	s.table.add(hash, i)
	s.advance()
	s.order.added(i, heat)
	s.change(i)
	for _, running := range s.scans {
		running.added[i] = struct{}{}
	}
	return i
}

// write writes e, which lives for ttl, into slot i. The copy lives for life.
func (s *shard[K, V]) write(i uint32, e *ctxcache.Entry[V], now, ttl, life time.Duration) {
	sl := s.slots.at(i)
	leaves := deadlineAfter(now, life)
	stays := s.cache.idle
	if life != ctxcache.NoExpiry {
		stays = min(stays, longest)
	}
	deadline := leaves
	if stays < life {
		deadline = deadlineAfter(now, stays)
	}
	mark := sl.word & orderBits
	if e.Absent {
		mark |= absentBit
		var zero V
		sl.value = zero
	} else {
		sl.value = e.Value
		s.values++
	}
	x := extra{expires: after(now, ttl), leaves: leaves, staleFor: min(e.StaleFor, ttl) + e.StaleAge, written: nanoseconds(e.Written)}
	if life != ttl || deadline != leaves || x.staleFor != 0 || x.written != 0 {
		mark |= extraBit
		s.slots.setExtra(i, x)
	}
	sl.word = pack(deadline) | mark
	s.deadlines.add(i, deadline)
}
