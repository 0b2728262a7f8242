package memory

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Set stores value under key for ttl, and ends a lease on key. It returns [ErrTooLarge] if value costs more than the
// cache may hold, and [ErrCost] if its cost is negative. In both cases key has no value afterwards, and neither if
// Options.Cost or Options.TTLOf panics, or if ctx ends while other entries leave for value.
func (c *Cache[K, V]) Set(ctx context.Context, key K, value V, ttl time.Duration) error {
	e := ctxcache.NewEntry(value, ttl)
	return c.set(ctx, ctxcache.OpSet, key, &e)
}

// SetEntry stores e under key, and ends a lease on key. It fails as Set does.
func (c *Cache[K, V]) SetEntry(ctx context.Context, key K, e ctxcache.Entry[V]) error {
	return c.set(ctx, ctxcache.OpSetEntry, key, &e)
}

// set is SetEntry as a part of operation op.
func (c *Cache[K, V]) set(ctx context.Context, op ctxcache.Operation, key K, e *ctxcache.Entry[V]) error {
	if err := e.Check(); err != nil {
		return c.reject(ctx, op, err)
	}
	if err := c.checkKey(key); err != nil {
		return c.reject(ctx, op, err)
	}
	ttl, cost := c.termsToSet(ctx, op, key, e)
	p := payment{cost: cost}
	err := c.write(ctx, op, key, e, ttl, &p, func(s *shard[K, V], hash uint64) error {
		s.leases.Kill(key)                    // (1) of shard.go
		return s.store(key, hash, e, ttl, &p) // (2) of shard.go
	})
	if p.tried && err != nil && err == ctx.Err() { // other entries have left for this one, so the call was not refused
		c.displace(context.WithoutCancel(ctx), op, key)
	}
	return err
}

// write is operation op, which stores e under key for ttl, at the cost of p. It calls store with the shard of key, locked, and the
// hash of key, until there is room. OnEvict is called at the end, when the write has nothing reserved: it may use the cache, and
// need that room itself.
func (c *Cache[K, V]) write(
	ctx context.Context, op ctxcache.Operation, key K, e *ctxcache.Entry[V], ttl time.Duration, p *payment,
	store func(s *shard[K, V], hash uint64) error,
) error {
	departed, err := c.tryWrite(ctx, key, e, ttl, p, store)
	c.budget.settle(p, 0)
	if len(departed) > 0 {
		c.report(departed)
	}
	return c.fail(op, err)
}

// tryWrite is write without its end. It returns the values that left, for OnEvict.
func (c *Cache[K, V]) tryWrite(
	ctx context.Context, key K, e *ctxcache.Entry[V], ttl time.Duration, p *payment, store func(s *shard[K, V], hash uint64) error,
) (departed []departure[K, V], err error) {
	for {
		s, hash := c.place(key)
		if err := c.tryLock(ctx, s); err != nil {
			return departed, err
		}
		p.tried = true
		err := store(s, hash)
		if left := s.release(); left != nil {
			departed = append(departed, left...)
		}
		switch err {
		case errAgain:
			s.mu.Rest()
		case errElsewhere:
			others, err := c.raise(ctx, p)
			if departed = append(departed, others...); err != nil {
				return departed, err
			}
		case ctxcache.ErrLeaseLost:
			return departed, err
		default:
			c.sawWrite(hash, e, ttl, p.cost)
			return departed, err
		}
	}
}
