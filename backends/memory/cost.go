package memory

import (
	"context"
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
)

var (
	// ErrTooLarge is returned by a write if the value costs more than Options.MaxCost, or more than a shard's part of
	// it. The value is not stored. The previous value of the key is removed, because it is older. A [ctxcache.Error]
	// wraps it. It wraps [ctxcache.ErrValue].
	ErrTooLarge = fmt.Errorf("%w: it is too large", ctxcache.ErrValue)

	// ErrCost is returned by a write if Options.Cost returns a negative number. The value is not stored, and the
	// previous value of the key is removed. A [ctxcache.Error] wraps it. It wraps [ctxcache.ErrValue].
	ErrCost = fmt.Errorf("%w: its cost is negative", ctxcache.ErrValue)
)

// leastCost is the cost of a negative entry, which has no value that Options.Cost could be called with, and of a value that
// costs nothing. Otherwise any number of them would fit.
const leastCost = 1

// opCost is the name of Cost in errors.
const opCost ctxcache.Operation = "cost"

// Cost returns the sum of the costs of all entries, or 0 without Options.Cost. It removes expired entries first. It
// looks at the shards one after the other, so writes may come in between.
func (c *Cache[K, V]) Cost(ctx context.Context) (int64, error) {
	var total int64
	for i := range c.shards {
		s := &c.shards[i]
		if err := c.expire(ctx, opCost, s); err != nil {
			return 0, err
		}
		total += s.cost
		s.unlock()
	}
	return total, nil
}
