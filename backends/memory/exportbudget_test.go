package memory

import (
	"context"
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
)

// ShardCosts returns what the entries of each shard cost.
func (c *Cache[K, V]) ShardCosts() []int64 {
	costs := make([]int64, len(c.shards))
	for i := range c.shards {
		costs[i] = c.shards[i].cost.Load()
	}
	return costs
}

// TakeTurn makes writes wait that need room from other shards, as one such write does.
func (c *Cache[K, V]) TakeTurn() { c.budget.turn <- struct{}{} }

// GiveTurn ends what TakeTurn began.
func (c *Cache[K, V]) GiveTurn() { <-c.budget.turn }

// SetAfter is Set for a write that has got the room for its value from all shards, and calls meanwhile before it locks its
// own.
func (c *Cache[K, V]) SetAfter(ctx context.Context, key K, value V, meanwhile func()) error {
	e := ctxcache.NewEntry(value, 0)
	ttl, cost := c.terms(ctx, key, &e)
	p := payment{cost: cost, need: cost}
	departed, err := c.raise(ctx, &p)
	if err != nil {
		return err
	}
	meanwhile()
	if len(departed) > 0 {
		c.report(departed)
	}
	return c.write(ctx, ctxcache.OpSet, key, &e, ttl, &p, func(s *shard[K, V], hash uint64) error {
		return s.store(key, hash, &e, ttl, &p)
	})
}

// checkBudget checks the costs of all shards. No write may be running.
func (c *Cache[K, V]) checkBudget() error {
	var cost int64
	for i := range c.shards {
		cost += c.shards[i].cost.Load()
	}
	if spent, limit := c.budget.spent.Load(), c.budget.limit.Load(); spent != cost || cost > limit {
		return fmt.Errorf("entries that cost %d are counted as %d, with room for %d", cost, spent, limit)
	}
	return nil
}
