package memory

import (
	"context"
	"hash/maphash"
	"math/rand/v2"
	"reflect"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Cache is a cache in memory, see the package comment. Its methods may be called concurrently. Those for one key take
// constant time, and O(log n) where an entry that expires is written or removed.
type Cache[K comparable, V any] struct {
	shards    []shard[K, V] // a power of two of them
	seed      maphash.Seed  // of the hash that spreads keys over the shards
	checkKeys bool          // the type of keys has values that no map can hold

	id      uint64                   // no other cache of this process has it
	ttl     time.Duration            // the default
	ttlOf   func(K, V) time.Duration // may be nil, like the next two
	cost    func(K, V) int64
	onEvict func(K, V, Cause)
	policy  Policy          // 0: no order is kept
	pick    func(n int) int // a random number from 0 to n-1, for RR
	born    time.Time       // deadlines count from here, by the monotonic clock
	about   ctxcache.Description

	watchers watchers[K]

	refused atomic.Pointer[error] // why every call fails: bad options, or closed; nil while all is well
	errors  atomic.Uint64         // calls, and keys of one, that failed
}

// New returns an empty cache. Nil options are the defaults. Should the options be invalid, every call returns
// the error of [Options.Validate].
func New[K comparable, V any](opts *Options[K, V]) *Cache[K, V] {
	o := opts.withDefaults()
	c := &Cache[K, V]{
		seed:      maphash.MakeSeed(),
		checkKeys: needCheck(reflect.TypeFor[K]()),
		id:        caches.Add(1),
		ttl:       o.TTL,
		ttlOf:     o.TTLOf,
		cost:      o.Cost,
		onEvict:   o.OnEvict,
		policy:    o.Policy,
		pick:      rand.IntN,
		born:      time.Now(),
	}
	if err := opts.Validate(); err != nil {
		c.refused.Store(&err)
	}
	c.shards = newShards(c, o)
	c.about = o.describe(len(c.shards))
	return c
}

// Get returns the value of key, [ctxcache.ErrMiss], or [ctxcache.ErrNotFound]. A hit allocates nothing.
func (c *Cache[K, V]) Get(ctx context.Context, key K) (V, error) {
	s, err := c.enter(ctx, ctxcache.OpGet, key)
	if err != nil {
		var zero V
		return zero, err
	}
	n, _, err := s.read(key)
	if err != nil {
		s.unlock()
		var zero V
		return zero, err
	}
	value := n.value
	s.mu.Unlock() // a hit evicts nothing
	return value, nil
}

// GetEntry returns the value of key with its remaining TTL, [ctxcache.ErrMiss], or [ctxcache.ErrNotFound] with a
// negative entry. A hit allocates nothing.
func (c *Cache[K, V]) GetEntry(ctx context.Context, key K) (e ctxcache.Entry[V], err error) {
	err = c.getEntry(ctx, ctxcache.OpGetEntry, key, &e)
	return e, err
}

// getEntry is GetEntry as a part of operation op. It fills e, since an entry is large.
func (c *Cache[K, V]) getEntry(ctx context.Context, op ctxcache.Operation, key K, e *ctxcache.Entry[V]) error {
	s, err := c.enter(ctx, op, key)
	if err != nil {
		return err
	}
	n, now, err := s.read(key)
	if n == nil {
		s.unlock()
		return err
	}
	n.describe(e, now)
	s.mu.Unlock() // a hit evicts nothing
	return err
}

// Contains reports whether key has a value. That is not a use of the value: neither a hit nor a reason to keep it.
func (c *Cache[K, V]) Contains(ctx context.Context, key K) (bool, error) {
	s, err := c.enter(ctx, ctxcache.OpContains, key)
	if err != nil {
		return false, err
	}
	s.count.tests++
	n, _ := s.find(key)
	has := n != nil && !n.absent
	s.unlock()
	return has, nil
}

// Set stores value under key for ttl, and kills a lease on key. It is [ErrTooLarge] if no room can be made for value;
// like [ErrCost], that leaves key without a value.
func (c *Cache[K, V]) Set(ctx context.Context, key K, value V, ttl time.Duration) error {
	e := ctxcache.NewEntry(value, ttl)
	return c.set(ctx, ctxcache.OpSet, key, &e)
}

// SetEntry stores e under key, and kills a lease on key. It fails as Set does.
func (c *Cache[K, V]) SetEntry(ctx context.Context, key K, e ctxcache.Entry[V]) error {
	return c.set(ctx, ctxcache.OpSetEntry, key, &e)
}

// set is SetEntry as a part of operation op.
func (c *Cache[K, V]) set(ctx context.Context, op ctxcache.Operation, key K, e *ctxcache.Entry[V]) error {
	if err := e.Check(); err != nil {
		return c.reject(ctx, op, err)
	}
	ttl, cost := c.terms(ctx, key, e)
	s, err := c.enter(ctx, op, key)
	if err != nil {
		return err
	}
	s.leases.Kill(key)
	err = s.store(key, e, ttl, cost)
	s.unlock()
	return c.fail(op, err)
}

// Delete removes key: its value, a negative entry, and a lease on it.
func (c *Cache[K, V]) Delete(ctx context.Context, key K) error {
	_, err := c.remove(ctx, ctxcache.OpDelete, key)
	return err
}

// Remove deletes key and reports whether it had a value.
func (c *Cache[K, V]) Remove(ctx context.Context, key K) (was bool, err error) {
	return c.remove(ctx, ctxcache.OpRemove, key)
}

func (c *Cache[K, V]) remove(ctx context.Context, op ctxcache.Operation, key K) (was bool, err error) {
	s, err := c.enter(ctx, op, key)
	if err != nil {
		return false, err
	}
	s.leases.Kill(key)
	was = s.delete(key)
	s.unlock()
	return was, nil
}

// Close drops all entries, which OnEvict hears of as Cleared, and all leases. Later calls return
// [ctxcache.ErrClosed]. There is no need to close a cache that nobody uses any more, other than OnEvict.
func (c *Cache[K, V]) Close() error {
	closed := ctxcache.ErrClosed
	if !c.refused.CompareAndSwap(nil, &closed) {
		if err := *c.refused.Load(); err != ctxcache.ErrClosed {
			return ctxcache.Fail(kind, ctxcache.OpClose, err)
		}
		return nil
	}
	for i := range c.shards { // a call that still waits for a lock finds the cache closed when it gets it
		c.shards[i].close()
	}
	return nil
}
