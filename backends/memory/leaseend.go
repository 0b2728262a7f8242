package memory

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Fill stores e and ends the lease, if the lease stands and was granted on key. Otherwise it returns
// [ctxcache.ErrLeaseLost] and stores nothing. If Fill returns ErrTTL, ErrTooLarge, ErrCost or the error of a done
// context, the lease still stands.
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
	var ttl time.Duration
	var p payment
	sequence := c.sequenceOf(lease, key)
	if sequence != 0 { // otherwise the lease is lost, and the caller's functions are not called for nothing
		ttl, p.cost = c.terms(ctx, key, e)
	}
	return c.write(ctx, op, key, e, ttl, &p, func(s *shard[K, V], hash uint64) error {
		return s.fill(key, hash, sequence, e, ttl, &p)
	})
}

// fill stores e for ttl, at the cost of p, and ends the lease, if the lease stands. If the lease does not stand, fill counts
// a lost fill. No lease has the sequence number 0. If e cannot be stored, the lease still stands.
func (s *shard[K, V]) fill(
	key K, hash, sequence uint64, e *ctxcache.Entry[V], ttl time.Duration, p *payment,
) error {
	if !s.leases.Stands(key, sequence, s.now()) { // (1) of shard.go
		s.count.fillsLost++
		return ctxcache.ErrLeaseLost
	}
	if err := s.store(key, hash, e, ttl, p); err != nil {
		return err
	}
	s.leases.Kill(key)
	return nil
}

// Release ends the lease. It returns [ctxcache.ErrLeaseLost] if the lease no longer stands, or was not granted on key.
// If ctx is done, it returns the context's error and does not end the lease: give it a context that outlives the load.
func (c *Cache[K, V]) Release(ctx context.Context, key K, lease ctxcache.Lease) error {
	return c.end(ctx, ctxcache.OpRelease, key, lease, false)
}

// Drop removes the entry of key and ends the lease. It returns [ctxcache.ErrLeaseLost], and removes nothing, if the
// lease no longer stands, or was not granted on key.
func (c *Cache[K, V]) Drop(ctx context.Context, key K, lease ctxcache.Lease) error {
	return c.end(ctx, ctxcache.OpDrop, key, lease, true)
}

// end is Drop if dropping, and otherwise Release. Op is the operation for errors. After Close all leases have ended, so
// it returns nil.
func (c *Cache[K, V]) end(ctx context.Context, op ctxcache.Operation, key K, lease ctxcache.Lease, dropping bool) error {
	err := c.tryEnd(ctx, key, lease, dropping)
	switch {
	case err == ctxcache.ErrClosed:
		return nil
	case err == nil && dropping:
		_, hash := c.place(key)
		c.sawDelete(hash)
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
	s, hash := c.place(key)
	if err := c.tryLock(ctx, s); err != nil {
		return err
	}
	defer s.unlock()
	if !s.leases.End(key, sequence, s.now()) {
		return ctxcache.ErrLeaseLost
	}
	if dropping { // the lease stood, so the entry is not newer than the lease
		s.delete(key, hash)
	}
	return nil
}
