package memory

import (
	"context"
	"fmt"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Bounds are all bounds of a cache. A bound of 0 does not limit the cache, so Resize takes that bound away: set every bound that
// is to stay. At least one must be set; Entries may be [Unbounded].
type Bounds struct {
	Entries     int     // as [Options.MaxEntries]
	Bytes       int64   // as Options.MaxBytes
	MemoryShare float64 // as Options.MemoryShare, of what the process may use now
	Cost        int64   // as Options.MaxCost
}

// opResize is the name of Resize in errors.
const opResize ctxcache.Operation = "resize"

// Resize gives the cache other bounds, and evicts what does not fit. Other calls go on meanwhile: each shard has its part of
// the new bounds at once, and evicts in portions. MaxNegative follows, if it was left to its default.
// The curve of Options.SizeCurve begins anew.
//
// Resize returns [ctxcache.ErrOptions] for bounds that New would not take with the other options, and for fewer than one entry
// per shard. A cache that was made without any bound keeps no order, so it takes none. One that was made without a bound of
// bytes or costs does not know what its entries cost. One that was made with a bound of bytes takes none of costs, and the other
// way round. If ctx ends meanwhile, Resize returns its error. Some shards then keep their old bounds until the next Resize. Others
// have the new bounds, but may hold too many entries until a new key is written to them. Calls of Resize wait for each other while
// they set the bounds.
func (c *Cache[K, V]) Resize(ctx context.Context, b Bounds) error {
	if err := c.setBounds(ctx, b); err != nil {
		return err
	}
	for i := range c.shards { // OnEvict may call Resize, so the place is free
		if err := c.fit(ctx, &c.shards[i]); err != nil {
			return err
		}
	}
	return nil
}

// setBounds gives the cache other bounds. It evicts nothing.
func (c *Cache[K, V]) setBounds(ctx context.Context, b Bounds) error {
	select {
	case c.resizing <- struct{}{}:
		defer func() { <-c.resizing }()
	case <-ctx.Done():
		return ctx.Err()
	}
	o, err := c.withBounds(b)
	if err != nil {
		return c.reject(ctx, opResize, err)
	}
	if err := c.usable(ctx); err != nil {
		return c.fail(opResize, err)
	}
	c.budget.bound(o.costLimit())
	for i := range c.shards {
		if err := c.lock(ctx, opResize, &c.shards[i]); err != nil {
			return err
		}
		c.shards[i].bound(&o, i, len(c.shards))
		c.shards[i].unlock()
	}
	c.options.Store(&o)
	c.beginCurve(&o)
	return nil
}

// withBounds returns the options of c with other bounds, or the error for bounds that Resize does not take.
func (c *Cache[K, V]) withBounds(b Bounds) (Options[K, V], error) {
	o := *c.options.Load()
	o.MaxEntries, o.MaxBytes, o.MemoryShare, o.MaxCost = b.Entries, b.Bytes, b.MemoryShare, b.Cost
	resolved, err := o.resolve()
	if err == nil {
		err = c.checkBounds(&resolved)
	}
	return resolved, err
}

// checkBounds returns the error for valid options that Resize does not take.
func (c *Cache[K, V]) checkBounds(o *Options[K, V]) error {
	switch least := len(c.shards); {
	case c.policy == 0 && (o.MaxEntries > 0 || o.costly()):
		return fmt.Errorf("%w: the cache was made without a bound", ctxcache.ErrOptions)
	case c.cost == nil && o.costly():
		return fmt.Errorf("%w: the cache was made without a bound of bytes or costs", ctxcache.ErrOptions)
	case c.inBytes && o.MaxCost > 0:
		return fmt.Errorf("%w: the cache was made with a bound of bytes, not of costs", ctxcache.ErrOptions)
	case c.cost != nil && !c.inBytes && o.MaxCost == 0 && o.costly():
		return fmt.Errorf("%w: the cache was made with a bound of costs, not of bytes", ctxcache.ErrOptions)
	case o.MaxEntries > 0 && o.MaxEntries < least:
		return fmt.Errorf("%w: MaxEntries is less than the number of shards, %d: %d", ctxcache.ErrOptions, least, o.MaxEntries)
	}
	return nil
}

// fit evicts entries of s until they fit, in portions.
func (c *Cache[K, V]) fit(ctx context.Context, s *shard[K, V]) error {
	for done := false; !done; {
		if err := c.lock(ctx, opResize, s); err != nil {
			return err
		}
		now := s.now()
		for {
			if s.fits() {
				done = s.compact()
				break
			}
			if !s.evictOne(now) {
				break
			}
		}
		s.unlock()
		s.mu.Rest()
	}
	return nil
}

// fits reports whether no bound of s is exceeded.
func (s *shard[K, V]) fits() bool {
	return (s.room == 0 || s.slots.used <= s.room) && (!s.cache.budget.exceeded() || s.poor()) &&
		!s.tooNegative(0, 0)
}

// evictOne removes a few expired entries, or evicts one: a negative one if there are too many of them. It reports false if this
// section has done enough.
func (s *shard[K, V]) evictOne(now time.Duration) bool {
	switch removed, done := s.expire(now); {
	case !done || !s.effort.allows(evictEffort):
		return false
	case removed > 0:
	case s.tooNegative(0, 0):
		s.remove(s.negatives.oldest(), Evicted)
	default:
		s.removeVictim(s.order.victim(), Evicted)
	}
	return true
}
