package memory

import "fmt"

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
