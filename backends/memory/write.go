package memory

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

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
		err := store(s, hash)
		departed = append(departed, s.release()...)
		switch err {
		case errAgain:
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
