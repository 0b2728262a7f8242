package memory

import (
	"context"
	"hash/maphash"
	"math/bits"

	"github.com/ctxcache/cached/ctxcache"
)

// enter begins operation op on key. It returns the shard of key, locked, and the hash of key, or the error of the operation.
func (c *Cache[K, V]) enter(ctx context.Context, op ctxcache.Operation, key K) (*shard[K, V], uint64, error) {
	if err := c.checkKey(key); err != nil {
		return nil, 0, c.reject(ctx, op, err)
	}
	s, hash := c.place(key)
	if err := c.tryLock(ctx, s); err != nil {
		return nil, 0, c.fail(op, err)
	}
	return s, hash, nil
}

// share is enter for a read that shares the lock with others. The caller unlocks it by RUnlock.
func (c *Cache[K, V]) share(ctx context.Context, op ctxcache.Operation, key K) (*shard[K, V], uint64, error) {
	if err := c.checkKey(key); err != nil {
		return nil, 0, c.reject(ctx, op, err)
	}
	if err := ctx.Err(); err != nil {
		return nil, 0, c.fail(op, err)
	}
	s, hash := c.place(key)
	s.mu.RLock()
	if refusal := c.refused.Load(); refusal != nil {
		s.mu.RUnlock()
		return nil, 0, c.fail(op, *refusal)
	}
	return s, hash, nil
}

// lock locks s for operation op, or returns the error of the operation.
func (c *Cache[K, V]) lock(ctx context.Context, op ctxcache.Operation, s *shard[K, V]) error {
	if err := c.tryLock(ctx, s); err != nil {
		return c.fail(op, err)
	}
	return nil
}

// tryLock locks s, or returns why the call cannot go on. It checks under the lock whether the cache is closed. Close
// locks every shard after that mark is set, so a write either comes before Close and is removed by it, or fails.
func (c *Cache[K, V]) tryLock(ctx context.Context, s *shard[K, V]) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	if refusal := c.refused.Load(); refusal != nil {
		s.mu.Unlock()
		return *refusal
	}
	return nil
}

// reject returns the error of operation op, which cannot begin because of err. A done context, invalid options and a
// closed cache take precedence over err.
func (c *Cache[K, V]) reject(ctx context.Context, op ctxcache.Operation, err error) error {
	if usable := c.usable(ctx); usable != nil {
		err = usable
	}
	return c.fail(op, err)
}

// usable returns an error if no call can succeed now: the context is done, the options are invalid, or the cache is
// closed.
func (c *Cache[K, V]) usable(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if refusal := c.refused.Load(); refusal != nil {
		return *refusal
	}
	return nil
}

// fail counts err, and returns it as the error of op. A lost lease is an answer, not a failure. A done context is not a
// failure either: no call waits here, so the cache was not too slow.
func (c *Cache[K, V]) fail(op ctxcache.Operation, err error) error {
	switch err {
	case nil, ctxcache.ErrLeaseLost, context.Canceled, context.DeadlineExceeded:
		return err
	}
	c.errors.Add(1)
	return ctxcache.Fail(kind, op, err)
}

// place returns the shard of key, and what is left of the hash of key. Each cache has its own seed, because a cache may
// itself be one of several shards: with the same hash, it would then use only some of its own shards. Outsiders cannot
// choose keys that all belong to one shard, or to one place in it, because the seed is random.
func (c *Cache[K, V]) place(key K) (*shard[K, V], uint64) {
	shard, rest := bits.Mul64(maphash.Comparable(c.seed, key), uint64(len(c.shards)))
	return &c.shards[shard], rest
}
