package memory

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// GetLease returns what GetEntry does; and, if the key is absent or its remaining TTL is at most refreshBelow, a
// lease, unless another holder has one. A lease stands for Options.LeaseTTL, and is not renewed. Neither eviction nor
// expiry of the entry ends it.
func (c *Cache[K, V]) GetLease(
	ctx context.Context, key K, refreshBelow time.Duration,
) (ctxcache.Entry[V], ctxcache.Lease[V], error) {
	s, err := c.enter(ctx, "lease", key)
	if err != nil {
		return ctxcache.Entry[V]{}, nil, err
	}
	e, granted, err := s.readOrLease(key, refreshBelow)
	s.unlock()
	if granted == nil {
		return e, nil, err // not a nil *lease in an interface
	}
	return e, granted, err
}

// readOrLease is readEntry, and a lease if one is due and nobody else has it. It counts as no read: whoever
// asks for a lease has read before, and missed, or is about to write.
func (s *shard[K, V]) readOrLease(key K, refreshBelow time.Duration) (ctxcache.Entry[V], *lease[K, V], error) {
	var e ctxcache.Entry[V]
	err := ctxcache.ErrMiss
	if n, now := s.find(key); n != nil {
		s.order.read(n)
		e, err = n.entry(now), nil
		if e.Absent {
			err = ctxcache.ErrNotFound
		}
		if !ctxcache.Due(e.TTL, refreshBelow) {
			return e, nil, err
		}
	}
	now := s.now()
	s.leases.sweep(now)
	if s.leases.held(key, now) {
		return e, nil, err
	}
	granted := &lease[K, V]{shard: s, key: key, ends: after(now, s.cache.leaseTTL)}
	s.leases.add(granted)
	return e, granted, err
}

// lease is the right to fill one key. It stands as long as its shard has it.
type lease[K comparable, V any] struct {
	shard *shard[K, V]
	key   K
	ends  time.Duration // deadline, counted from the birth of the cache

	older, newer *lease[K, V] // in the order of granting; guarded by the lock of the shard
}

// Fill stores e if the lease stands, and ends it. After ErrTTL, ErrTooLarge, ErrCost, or the error of a done
// context, it still stands.
func (l *lease[K, V]) Fill(ctx context.Context, e ctxcache.Entry[V]) error {
	s := l.shard
	if err := e.Check(); err != nil {
		return s.cache.reject(ctx, "fill", err)
	}
	ttl, cost := s.cache.terms(ctx, l.key, e)
	if err := s.cache.lock(ctx, "fill", s); err != nil {
		return err
	}
	err := s.fill(l, e, ttl, cost)
	s.unlock()
	if err != nil && err != ctxcache.ErrLeaseLost {
		return s.cache.fail("fill", err)
	}
	return err
}

// fill stores e on these terms if l stands, and ends l, unless that fails.
func (s *shard[K, V]) fill(l *lease[K, V], e ctxcache.Entry[V], ttl time.Duration, cost int64) error {
	if s.leases.byKey[l.key] != l || s.now() >= l.ends {
		s.leases.end(l)
		return ctxcache.ErrLeaseLost
	}
	if err := s.store(l.key, e, ttl, cost); err != nil {
		return err
	}
	s.leases.end(l)
	return nil
}

// Release ends the lease. With a done context it does not: give it one that outlives the load.
func (l *lease[K, V]) Release(ctx context.Context) error {
	if err := l.shard.cache.lock(ctx, "release", l.shard); err != nil {
		return err
	}
	l.shard.leases.end(l)
	l.shard.unlock()
	return nil
}

// abandon ends the lease whatever became of the caller's context and of the cache.
func (l *lease[K, V]) abandon() {
	l.shard.mu.Lock()
	l.shard.leases.end(l)
	l.shard.mu.Unlock()
}
