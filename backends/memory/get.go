package memory

import (
	"cmp"
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// opPeek is the name of Peek in errors.
const opPeek ctxcache.Operation = "peek"

// Get returns the value of key. Without an entry it returns [ctxcache.ErrMiss], and with a negative entry
// [ctxcache.ErrNotFound]. A hit does not allocate.
func (c *Cache[K, V]) Get(ctx context.Context, key K) (V, error) {
	if c.policy.reorders() {
		return c.getAlone(ctx, key)
	}
	s, hash, err := c.share(ctx, ctxcache.OpGet, key)
	if err != nil {
		var zero V
		return zero, err
	}
	sl, i, _, sure := s.glance(key, hash)
	if i == 0 {
		s.mu.RUnlock()
		if !sure {
			return c.getAlone(ctx, key)
		}
		c.sawRead(hash, sighting{})
		var zero V
		return zero, ctxcache.ErrMiss
	}
	value := sl.value
	if cv := c.sampling(hash); cv != nil {
		seen := s.see(i)
		s.mu.RUnlockHit()
		c.sawSampledRead(cv, hash, seen)
		return value, nil
	}
	s.mu.RUnlockHit()
	return value, nil
}

// getAlone is Get with the lock of the shard alone.
func (c *Cache[K, V]) getAlone(ctx context.Context, key K) (value V, err error) {
	s, hash, err := c.enter(ctx, ctxcache.OpGet, key)
	if err != nil {
		return value, err
	}
	i, _, err := s.read(key, hash)
	if err == nil {
		value = s.slots.at(i).value
	}
	s.unlockRead(i, hash)
	return value, err
}

// GetEntry returns the value of key with its remaining TTL. Without an entry it returns [ctxcache.ErrMiss]. With a
// negative entry it returns the entry and [ctxcache.ErrNotFound]. A hit does not allocate.
func (c *Cache[K, V]) GetEntry(ctx context.Context, key K) (e ctxcache.Entry[V], err error) {
	err = c.getEntry(ctx, ctxcache.OpGetEntry, key, &e)
	return e, err
}

// getEntry is GetEntry as a part of operation op. It writes to e, because an entry is large.
func (c *Cache[K, V]) getEntry(ctx context.Context, op ctxcache.Operation, key K, e *ctxcache.Entry[V]) error {
	if c.policy.reorders() {
		return c.getEntryAlone(ctx, op, key, e)
	}
	s, hash, err := c.share(ctx, op, key)
	if err != nil {
		return err
	}
	_, i, now, sure := s.glance(key, hash)
	if i == 0 {
		s.mu.RUnlock()
		if !sure {
			return c.getEntryAlone(ctx, op, key, e)
		}
		c.sawRead(hash, sighting{})
		return ctxcache.ErrMiss
	}
	s.slots.describe(i, e, now)
	if cv := c.sampling(hash); cv != nil {
		seen := s.see(i)
		s.mu.RUnlockHit()
		c.sawSampledRead(cv, hash, seen)
		return nil
	}
	s.mu.RUnlockHit()
	return nil
}

// getEntryAlone is getEntry with the lock of the shard alone.
func (c *Cache[K, V]) getEntryAlone(ctx context.Context, op ctxcache.Operation, key K, e *ctxcache.Entry[V]) error {
	s, hash, err := c.enter(ctx, op, key)
	if err != nil {
		return err
	}
	i, now, err := s.read(key, hash)
	if i != 0 {
		s.slots.describe(i, e, now)
	}
	s.unlockRead(i, hash)
	return err
}

// Peek is Get, but does not count as a use of the value: it is not a hit, and does not change which entry is evicted next. The
// statistics count it as a test, as Contains.
func (c *Cache[K, V]) Peek(ctx context.Context, key K) (value V, err error) {
	s, hash, err := c.share(ctx, opPeek, key)
	if err != nil {
		return value, err
	}
	s.count.tests.Add(1)
	err = ctxcache.ErrMiss
	sl, i := s.lookup(key, hash)
	expired := i != 0 && s.expired(i)
	switch {
	case i == 0 || expired:
	case sl.absent():
		err = ctxcache.ErrNotFound
	default:
		value, err = sl.value, nil
	}
	s.mu.RUnlock()
	if expired {
		return value, cmp.Or(c.discard(ctx, opPeek, key), err)
	}
	return value, err
}

// Contains reports whether key has a value. It does not count as a use of the value: it is not a hit, and does not
// change which entry is evicted next.
func (c *Cache[K, V]) Contains(ctx context.Context, key K) (bool, error) {
	s, hash, err := c.share(ctx, ctxcache.OpContains, key)
	if err != nil {
		return false, err
	}
	s.count.tests.Add(1)
	sl, i := s.lookup(key, hash)
	has := i != 0 && !sl.absent()
	expired := i != 0 && s.expired(i)
	s.mu.RUnlock()
	if expired {
		return false, c.discard(ctx, ctxcache.OpContains, key)
	}
	return has, nil
}

// discard removes the entry of key if it has expired, as a part of operation op.
func (c *Cache[K, V]) discard(ctx context.Context, op ctxcache.Operation, key K) error {
	s, hash, err := c.enter(ctx, op, key)
	if err != nil {
		return err
	}
	s.find(key, hash)
	s.unlock()
	return nil
}
