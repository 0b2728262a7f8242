package memory

import (
	"context"
	"errors"

	"github.com/ctxcache/cached/ctxcache"
)

var (
	// ErrTooLarge: the cost of this value alone exceeds Options.MaxCost, or the part of it that a shard has.
	// The value was not stored, and what was under its key before is gone: it is older. Wrapped by
	// [ctxcache.Error].
	ErrTooLarge = errors.New("value too large")

	// ErrCost: Options.Cost returned a negative number. The value was not stored, and what was under its key before
	// is gone. Wrapped by [ctxcache.Error].
	ErrCost = errors.New("negative cost")
)

// negativeCost is the cost of a negative entry, which has no value to ask Options.Cost about.
const negativeCost = 1

// opCost names Cost in errors.
const opCost ctxcache.Operation = "cost"

// Cost returns the sum of what the entries cost; 0 without Options.Cost. What has expired is removed first. The
// cost of each shard is from another moment.
func (c *Cache[K, V]) Cost(ctx context.Context) (int64, error) {
	var total int64
	for i := range c.shards {
		s := &c.shards[i]
		if err := c.lock(ctx, opCost, s); err != nil {
			return 0, err
		}
		s.expire(s.now())
		total += s.cost
		s.unlock()
	}
	return total, nil
}
