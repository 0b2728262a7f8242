package memory

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// Clear removes all entries in scope, including negative ones, and ends all leases in scope. It does so shard by shard, and
// a narrower scope in portions of a shard: a reader may find one key gone and another still there. An entry that is written
// meanwhile may stay or not. If ctx ends meanwhile, Clear returns its error, and some entries are left.
func (c *Cache[K, V]) Clear(ctx context.Context, scope ctxcache.Scope[K]) error {
	if scope.All() {
		return c.clearAll(ctx)
	}
	for i := range c.shards {
		if err := c.clearSome(ctx, &c.shards[i], scope); err != nil {
			return err
		}
	}
	return nil
}

// clearAll removes all entries. If it fails, those that are left may have extras, so costOfExtra must remember that.
func (c *Cache[K, V]) clearAll(ctx context.Context) error {
	needed, cleared := c.extras.Swap(false), false // before the shards, because an entry that is written meanwhile may need one
	defer func() {
		if needed && !cleared {
			c.extras.Store(true)
		}
	}()
	for i := range c.shards {
		s := &c.shards[i]
		if err := c.expireAll(ctx, ctxcache.OpClear, s); err != nil {
			return err
		}
		s.drop()
	}
	cleared = true
	if cv := c.curve.Load(); cv != nil {
		cv.cleared()
	}
	return nil
}

// clearSome removes the entries of s in scope.
func (c *Cache[K, V]) clearSome(ctx context.Context, s *shard[K, V], scope ctxcache.Scope[K]) error {
	if err := c.expireAll(ctx, ctxcache.OpClear, s); err != nil {
		return err
	}
	s.killLeases(scope)
	var sampled []uint64
	if err := c.scan(ctx, ctxcache.OpClear, s, func(i uint32) {
		if !s.covered(i, scope) {
			return
		}
		if hash := s.hashOf(i); c.sampling(hash) != nil {
			sampled = append(sampled, hash)
		}
		s.leases.Kill(s.slots.at(i).key) // which may have been granted since killLeases
		s.remove(i, Cleared)
	}, func() bool {
		for _, hash := range sampled {
			c.sawDelete(hash)
		}
		sampled = sampled[:0]
		return true
	}); err != nil {
		return err
	}
	if err := c.expireAll(ctx, ctxcache.OpClear, s); err != nil { // for the slots, which stay where they are during a scan
		return err
	}
	s.unlock()
	return nil
}
