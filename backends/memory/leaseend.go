package memory

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Fill stores e and ends the lease, if the lease stands and is for key. Otherwise it returns
// [ctxcache.ErrLeaseLost]. After ErrTTL, ErrTooLarge, ErrCost, or the error of a done context, the lease still stands.
func (c *Cache[K, V]) Fill(ctx context.Context, key K, lease ctxcache.Lease, e ctxcache.Entry[V]) error {
	return c.fill(ctx, ctxcache.OpFill, key, lease, &e)
}

// fill is Fill as a part of operation op.
func (c *Cache[K, V]) fill(
	ctx context.Context, op ctxcache.Operation, key K, lease ctxcache.Lease, e *ctxcache.Entry[V],
) error {
	if err := c.checkKey(key); err != nil {
		return c.reject(ctx, op, err)
	}
	if err := e.Check(); err != nil {
		return c.reject(ctx, op, err)
	}
	sequence := c.sequenceOf(lease, key)
	if sequence == 0 {
		return c.reject(ctx, op, ctxcache.ErrLeaseLost)
	}
	ttl, cost := c.terms(ctx, key, e)
	s := c.shardOf(key)
	if err := c.lock(ctx, op, s); err != nil {
		return err
	}
	err := s.fill(key, sequence, e, ttl, cost)
	s.unlock()
	return c.fail(op, err)
}

// fill stores e on these terms if the lease stands, and ends the lease, unless that fails.
func (s *shard[K, V]) fill(key K, sequence uint64, e *ctxcache.Entry[V], ttl time.Duration, cost int64) error {
	if !s.leases.Stands(key, sequence, s.now()) {
		return ctxcache.ErrLeaseLost
	}
	if err := s.store(key, e, ttl, cost); err != nil {
		return err
	}
	s.leases.Kill(key)
	return nil
}

// Release ends the lease. It returns [ctxcache.ErrLeaseLost] if the lease did not stand any more, or is not for key. With a
// done context it fails: give it one that outlives the load.
func (c *Cache[K, V]) Release(ctx context.Context, key K, lease ctxcache.Lease) error {
	return c.end(ctx, ctxcache.OpRelease, key, lease, false)
}

// Drop removes what the lease was granted on, and ends the lease. It returns [ctxcache.ErrLeaseLost], and removes nothing,
// if the lease did not stand any more, or is not for key.
func (c *Cache[K, V]) Drop(ctx context.Context, key K, lease ctxcache.Lease) error {
	return c.end(ctx, ctxcache.OpDrop, key, lease, true)
}

// end is Release as operation op, and Drop if dropping. In a closed cache there is no lease to end.
func (c *Cache[K, V]) end(ctx context.Context, op ctxcache.Operation, key K, lease ctxcache.Lease, dropping bool) error {
	err := c.tryEnd(ctx, key, lease, dropping)
	if err == ctxcache.ErrClosed {
		return nil
	}
	return c.fail(op, err)
}

func (c *Cache[K, V]) tryEnd(ctx context.Context, key K, lease ctxcache.Lease, dropping bool) error {
	if err := c.usable(ctx); err != nil {
		return err
	}
	if err := c.checkKey(key); err != nil {
		return err
	}
	sequence := c.sequenceOf(lease, key)
	if sequence == 0 {
		return ctxcache.ErrLeaseLost
	}
	s := c.shardOf(key)
	if err := c.tryLock(ctx, s); err != nil {
		return err
	}
	defer s.unlock()
	if !s.leases.End(key, sequence, s.now()) {
		return ctxcache.ErrLeaseLost
	}
	if dropping { // while a lease stands, nothing newer is stored
		s.delete(key)
	}
	return nil
}
