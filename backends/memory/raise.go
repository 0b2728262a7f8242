package memory

import (
	"context"
	"math/rand/v2"
	"runtime"
)

// raise reserves the cost of a write that its own shard cannot make room for. It evicts entries of any shard, and returns the
// values that left. It has one lock at a time, for a portion at most, and keeps what it has reserved. So writes into other shards
// cannot take that room, and raise comes to an end. The error is ErrClosed or the error of ctx.
func (c *Cache[K, V]) raise(ctx context.Context, p *payment) (departed []departure[K, V], err error) {
	c.budget.settle(p, 0) // whoever has the turn may need it
	select {
	case c.budget.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-c.budget.turn }()
	return c.gather(ctx, p)
}

// gather is raise for a caller that has the turn. It returns the values that left. If Resize has meanwhile made the bound too
// small for p, it gives up, and the write finds out.
func (c *Cache[K, V]) gather(ctx context.Context, p *payment) (departed []departure[K, V], err error) {
	for !c.budget.collect(p) && p.need <= c.budget.limit.Load() {
		s := c.rich()
		if s == nil {
			runtime.Gosched() // other writes have reserved the rest, and are about to store it or to give it back
			continue
		}
		if err := c.tryLock(ctx, s); err != nil {
			return departed, err
		}
		now := s.now()
		for more := true; more && s.slots.used > 0 && !c.budget.collect(p); {
			more = s.evictOne(now)
		}
		departed = append(departed, s.release()...)
		s.mu.Rest()
	}
	return departed, nil
}

// rich returns a shard whose entries cost much: the dearer one of two that are chosen at random, or any one if both have
// nothing. It returns nil if no shard has anything. Comparing all shards would evict no better, and take longer.
func (c *Cache[K, V]) rich() *shard[K, V] {
	first, second := rand.IntN(len(c.shards)), rand.IntN(len(c.shards))
	s := &c.shards[first]
	if other := &c.shards[second]; other.cost.Load() > s.cost.Load() {
		s = other
	}
	for i := 0; s.cost.Load() == 0; i++ {
		if i == len(c.shards) {
			return nil
		}
		s = &c.shards[(first+i)%len(c.shards)]
	}
	return s
}
