package memory

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/own"
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
	case c.usable(ctx) != nil, ctxcache.CheckKey(key) != nil, e.Absent && c.cost == nil:
		return ttl, 0
	case e.Absent:
		return ttl, leastCost
	}
	if c.ttlOf != nil && e.TTL == 0 {
		ttl = c.ttlOf(key, e.Value)
	}
	if c.cost != nil {
		if cost = c.cost(key, e.Value); cost == 0 {
			cost = leastCost
		}
	}
	return ttl, cost
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
			c.displace(ctx, op, key)
		}
	}()
	ttl, cost = c.consult(ctx, key, e)
	returned = true
	return ttl, cost
}

// displace removes the entry of key, and ends a lease on key, because the new entry cannot be stored.
func (c *Cache[K, V]) displace(ctx context.Context, op ctxcache.Operation, key K) {
	s, err := c.enter(ctx, op, key)
	if err != nil {
		return // a panic goes on, so nobody can get the error
	}
	s.leases.Kill(key)
	if n, _ := s.find(key); n != nil {
		s.remove(n, Replaced)
	}
	s.unlock()
}

// ttlOr returns ttl, or the default if it is 0.
func (c *Cache[K, V]) ttlOr(ttl time.Duration) time.Duration {
	if ttl == 0 {
		return c.ttl
	}
	return ttl
}

// store stores e, which has been checked, under key for ttl, at this cost. If e cannot be stored, has already expired,
// or is negative in a shard that keeps no negative entries, key has no entry afterwards, because the previous one is
// older. The error is ErrTooLarge or ErrCost.
func (s *shard[K, V]) store(key K, e *ctxcache.Entry[V], ttl time.Duration, cost int64) error {
	life := e.Life(ttl)
	var now time.Duration // not needed if nothing in the shard expires
	if life != never || s.ages() {
		now = s.now()
		s.sweep(now)
	}

	n := s.nodes[key]
	if n != nil && n.gone(now) {
		s.remove(n, Expired)
		n = nil
	}
	if refusal := s.refuses(cost); refusal != nil || ttl <= 0 || e.Absent && s.negativeRoom == 0 {
		if n != nil {
			s.remove(n, Replaced)
		}
		return refusal
	}

	if e.Absent && (n == nil || !n.absent()) {
		s.makeNegativeRoom(now) // before makeRoom, which then needs no value to leave
	}
	if n == nil || cost > n.cost {
		n = s.makeRoom(n, cost, now)
	}
	if n == nil {
		key = own.Copy(key) // it may be a view of a buffer that the caller uses again
		n = &node[K, V]{key: key, slot: unscheduled}
		s.nodes[key] = n
		s.order.added(n)
		s.change(key)
	} else {
		s.depart(n, Replaced)
		s.order.rewritten(n)
	}
	s.setNegative(n, e.Absent)
	if e.Absent {
		var zero V
		n.value = zero
	} else {
		n.value = e.Value
		s.values++
	}
	s.cost += cost - n.cost
	n.cost = cost
	n.staleFor = e.StaleWindow()
	n.written = nanoseconds(e.Written)
	n.expires = after(now, ttl)
	n.leaves = after(now, life)
	s.deadlines.schedule(n)
	s.count.writes++
	return nil
}
