package memory

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/shards"
)

// enter begins operation op on key. It returns the shard of key, locked, or the error of the operation.
func (c *Cache[K, V]) enter(ctx context.Context, op ctxcache.Operation, key K) (*shard[K, V], error) {
	if err := ctxcache.CheckKey(key); err != nil {
		return nil, c.reject(ctx, op, err)
	}
	s := c.shardOf(key)
	if err := c.tryLock(ctx, s); err != nil {
		return nil, c.fail(op, err)
	}
	return s, nil
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

// shardOf returns the shard of key. Each cache has its own seed, because a cache may itself be one of several shards:
// with the same hash, it would then use only some of its own shards.
func (c *Cache[K, V]) shardOf(key K) *shard[K, V] {
	return &c.shards[shards.Seeded(c.seed, key, len(c.shards))]
}
