package memory

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// terms returns what e is stored under key for: its TTL, with the default filled in, and its cost. The
// functions of the options are asked here, before any lock is taken.
func (c *Cache[K, V]) terms(ctx context.Context, key K, e *ctxcache.Entry[V]) (ttl time.Duration, cost int64) {
	if c.ttlOf != nil || c.cost != nil {
		return c.consult(ctx, key, e)
	}
	return c.ttlOr(e.TTL), 0
}

// consult is terms where there are functions to ask. They are not asked where the operation is bound to fail.
func (c *Cache[K, V]) consult(ctx context.Context, key K, e *ctxcache.Entry[V]) (ttl time.Duration, cost int64) {
	ttl = c.ttlOr(e.TTL)
	switch {
	case c.usable(ctx) != nil, e.Absent && c.cost == nil:
		return ttl, 0
	case e.Absent:
		return ttl, negativeCost
	}
	if c.ttlOf != nil && e.TTL == 0 {
		ttl = c.ttlOf(key, e.Value)
	}
	if c.cost != nil {
		cost = c.cost(key, e.Value)
	}
	return ttl, cost
}

// ttlOr returns ttl, or the default if it is 0.
func (c *Cache[K, V]) ttlOr(ttl time.Duration) time.Duration {
	if ttl == 0 {
		return c.ttl
	}
	return ttl
}

// store puts e, whose durations were checked, under key on these terms. If it cannot be stored, or has expired
// already, the key is left without an entry: the one that was there is older.
func (s *shard[K, V]) store(key K, e *ctxcache.Entry[V], ttl time.Duration, cost int64) error {
	life := e.Life(ttl)
	var now time.Duration // of no matter where nothing expires
	if life != never || s.ages() {
		now = s.now()
		s.sweep(now)
	}

	n := s.nodes[key]
	if n != nil && n.gone(now) {
		s.remove(n, Expired)
		n = nil
	}
	if refusal := s.refuses(cost); refusal != nil || ttl <= 0 {
		if n != nil {
			s.remove(n, Replaced)
		}
		return refusal
	}

	if n == nil || cost > n.cost {
		n = s.makeRoom(n, cost, now)
	}
	if n == nil {
		n = &node[K, V]{key: key, slot: unscheduled}
		s.nodes[key] = n
		s.order.added(n)
		s.change(key)
	} else {
		s.depart(n, Replaced)
		s.order.rewritten(n)
	}
	n.absent = e.Absent
	if e.Absent {
		var zero V
		n.value = zero
	} else {
		n.value = e.Value
		s.values++
	}
	s.cost += cost - n.cost
	n.cost = cost
	n.staleFor = e.StaleFor
	n.written = nanoseconds(e.Written)
	n.expires = after(now, ttl)
	n.leaves = after(now, life)
	s.deadlines.schedule(n)
	s.count.writes++
	return nil
}
