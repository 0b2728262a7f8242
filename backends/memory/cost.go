package memory

import (
	"context"
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
)

var (
	// ErrTooLarge is returned by a write if the value costs more than Options.MaxCost or MaxBytes. The value is not stored.
	// The previous value of the key is removed, because it is older. A [ctxcache.Error] wraps it. It wraps
	// [ctxcache.ErrValue].
	ErrTooLarge = fmt.Errorf("%w: it is too large", ctxcache.ErrValue)

	// ErrCost is returned by a write if Options.Cost returns a negative number. The value is not stored, and the
	// previous value of the key is removed. A [ctxcache.Error] wraps it. It wraps [ctxcache.ErrValue].
	ErrCost = fmt.Errorf("%w: its cost is negative", ctxcache.ErrValue)
)

// leastCost is the cost of a value that costs nothing, and with MaxCost of a negative entry, which has no value that
// Options.Cost could be called with. Otherwise any number of them would fit.
const leastCost = 1

// opCost is the name of Cost in errors.
const opCost ctxcache.Operation = "cost"

// Cost returns the sum of the costs of all entries, in bytes with Options.MaxBytes or MemoryShare, or 0 without such a
// bound. It removes expired entries first. What a write has reserved for a value counts as well.
func (c *Cache[K, V]) Cost(ctx context.Context) (int64, error) {
	for i := range c.shards {
		s := &c.shards[i]
		if err := c.expireAll(ctx, opCost, s); err != nil {
			return 0, err
		}
		s.unlock()
	}
	return c.budget.spent.Load(), nil
}
