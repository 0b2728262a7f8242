package memory

import (
	"context"
	"hash/maphash"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Cache is a cache in memory. See the package comment. Its methods may be called concurrently. A method for one key
// takes constant time, or O(log n) if it writes or removes an entry that expires.
type Cache[K comparable, V any] struct {
	shards []shard[K, V] // a power of two of them
	seed   maphash.Seed  // of the hash that assigns keys to shards

	id      uint64                   // unique in this process
	ttl     time.Duration            // the default; see Options.TTL
	ttlOf   func(K, V) time.Duration // may be nil, like the next two
	cost    func(K, V) int64
	onEvict func(K, V, Cause)
	policy  Policy          // 0 if no order is kept
	pick    func(n int) int // a random number from 0 to n-1, for RR
	born    time.Time       // deadlines are relative to this, by the monotonic clock
	about   ctxcache.Description

	watchers watchers[K]

	unbounded bool  // it has neither MaxEntries nor MaxCost
	invalid   error // why the options are invalid; nil if they are valid

	refused atomic.Pointer[error] // the error of every call: ErrOptions or ErrClosed; or nil
	errors  atomic.Uint64         // how many calls failed, and keys in calls for many
}

// New returns an empty cache. Nil options mean the defaults. If the options are invalid, every call returns the error
// of [Options.Validate].
func New[K comparable, V any](opts *Options[K, V]) *Cache[K, V] {
	o := opts.withDefaults()
	c := &Cache[K, V]{
		seed:    maphash.MakeSeed(),
		id:      caches.Add(1),
		ttl:     o.TTL,
		ttlOf:   o.TTLOf,
		cost:    o.Cost,
		onEvict: o.OnEvict,
		policy:  o.Policy,
		pick:    rand.IntN,
		born:    time.Now(),
	}
	c.unbounded = o.MaxEntries == Unbounded && o.MaxCost == 0
	if c.invalid = opts.Validate(); c.invalid != nil {
		c.refused.Store(&c.invalid)
	}
	c.shards = newShards(c, o)
	c.about = o.describe(len(c.shards))
	return c
}

// Get returns the value of key. Without an entry it returns [ctxcache.ErrMiss], and with a negative entry
// [ctxcache.ErrNotFound]. A hit does not allocate.
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

// GetEntry returns the value of key with its remaining TTL. Without an entry it returns [ctxcache.ErrMiss]. With a
// negative entry it returns the entry and [ctxcache.ErrNotFound]. A hit does not allocate.
func (c *Cache[K, V]) GetEntry(ctx context.Context, key K) (e ctxcache.Entry[V], err error) {
	err = c.getEntry(ctx, ctxcache.OpGetEntry, key, &e)
	return e, err
}

// getEntry is GetEntry as a part of operation op. It writes to e, because an entry is large.
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

// Contains reports whether key has a value. It does not count as a use of the value: it is not a hit, and does not
// change which entry is evicted next.
func (c *Cache[K, V]) Contains(ctx context.Context, key K) (bool, error) {
	s, err := c.enter(ctx, ctxcache.OpContains, key)
	if err != nil {
		return false, err
	}
	s.count.tests++
	n, _ := s.find(key)
	has := n != nil && !n.absent()
	s.unlock()
	return has, nil
}

// Set stores value under key for ttl, and ends a lease on key. It returns [ErrTooLarge] if value costs more than the
// cache may hold, and [ErrCost] if its cost is negative. In both cases key has no value afterwards, and neither if
// Options.Cost or Options.TTLOf panics.
func (c *Cache[K, V]) Set(ctx context.Context, key K, value V, ttl time.Duration) error {
	e := ctxcache.NewEntry(value, ttl)
	return c.set(ctx, ctxcache.OpSet, key, &e)
}

// SetEntry stores e under key, and ends a lease on key. It fails as Set does.
func (c *Cache[K, V]) SetEntry(ctx context.Context, key K, e ctxcache.Entry[V]) error {
	return c.set(ctx, ctxcache.OpSetEntry, key, &e)
}

// set is SetEntry as a part of operation op.
func (c *Cache[K, V]) set(ctx context.Context, op ctxcache.Operation, key K, e *ctxcache.Entry[V]) error {
	if err := e.Check(); err != nil {
		return c.reject(ctx, op, err)
	}
	ttl, cost := c.termsToSet(ctx, op, key, e)
	s, err := c.enter(ctx, op, key)
	if err != nil {
		return err
	}
	s.leases.Kill(key)               // (1) of shard.go
	err = s.store(key, e, ttl, cost) // (2) of shard.go
	s.unlock()
	return c.fail(op, err)
}

// Delete removes the value or negative entry of key, and ends a lease on key.
func (c *Cache[K, V]) Delete(ctx context.Context, key K) error {
	_, err := c.remove(ctx, ctxcache.OpDelete, key)
	return err
}

// Remove is Delete, and reports whether key had a value.
func (c *Cache[K, V]) Remove(ctx context.Context, key K) (was bool, err error) {
	return c.remove(ctx, ctxcache.OpRemove, key)
}

func (c *Cache[K, V]) remove(ctx context.Context, op ctxcache.Operation, key K) (was bool, err error) {
	s, err := c.enter(ctx, op, key)
	if err != nil {
		return false, err
	}
	s.leases.Kill(key)  // (1) of shard.go
	was = s.delete(key) // (2) of shard.go
	s.unlock()
	return was, nil
}

// Close removes all entries and ends all leases. OnEvict is called for the values, with the cause Cleared. Later calls
// return [ctxcache.ErrClosed]. A cache without OnEvict need not be closed.
func (c *Cache[K, V]) Close() error {
	closed := ctxcache.ErrClosed
	if !c.refused.CompareAndSwap(nil, &closed) {
		if err := *c.refused.Load(); err != ctxcache.ErrClosed {
			return ctxcache.Fail(kind, ctxcache.OpClose, err)
		}
		return nil
	}
	for i := range c.shards { // a call that waits for a lock checks whether the cache is closed once it has the lock
		defer c.shards[i].close() // deferred, because OnEvict may panic: no shard may keep its values
	}
	return nil
}
