package memory

import (
	"context"
	"hash/maphash"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Cache is a cache in memory, see the package comment. Its methods may be called concurrently. Those for one key take
// constant time, and O(log n) where an entry that expires is written or removed.
type Cache[K comparable, V any] struct {
	shards      []shard[K, V] // a power of two of them
	seed        maphash.Seed  // of the hash that spreads keys over the shards
	fragileKeys bool          // the type of keys has values that no map can hold

	ttl       time.Duration // the default
	leaseTTL  time.Duration
	timeToUse func(K, V) time.Duration // may be nil, like the next two
	cost      func(K, V) int64
	onEvict   func(K, V, Cause)
	policy    Policy          // 0: no order is kept
	pick      func(n int) int // a random number from 0 to n-1, for RR
	born      time.Time       // deadlines count from here, by the monotonic clock

	watchers watchers[K]

	refused atomic.Pointer[error] // why every call fails: bad options, or closed; nil while all is well
	errors  atomic.Uint64         // calls, and keys of one, that failed
}

// New returns an empty cache. Nil options are the defaults. Should the options be invalid, every call returns
// the error of [Options.Validate].
func New[K comparable, V any](opts *Options[K, V]) *Cache[K, V] {
	o := opts.withDefaults()
	c := &Cache[K, V]{
		seed:        maphash.MakeSeed(),
		fragileKeys: fragile[K](),
		ttl:         o.TTL,
		leaseTTL:    o.LeaseTTL,
		timeToUse:   o.TimeToUse,
		cost:        o.Cost,
		onEvict:     o.OnEvict,
		policy:      o.Policy,
		pick:        rand.IntN,
		born:        time.Now(),
	}
	if err := opts.Validate(); err != nil {
		c.refused.Store(&err)
	}
	c.shards = newShards(c, o)
	return c
}

// Get returns the value of key, [ctxcache.ErrMiss], or [ctxcache.ErrNotFound]. A hit allocates nothing.
func (c *Cache[K, V]) Get(ctx context.Context, key K) (V, error) {
	s, err := c.enter(ctx, "get", key)
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
func (c *Cache[K, V]) GetEntry(ctx context.Context, key K) (ctxcache.Entry[V], error) {
	s, err := c.enter(ctx, "get", key)
	if err != nil {
		return ctxcache.Entry[V]{}, err
	}
	e, err := s.readEntry(key)
	s.unlock()
	return e, err
}

// Contains reports whether key has a value. It is no use of the value: neither a hit nor a reason to keep it.
func (c *Cache[K, V]) Contains(ctx context.Context, key K) (bool, error) {
	s, err := c.enter(ctx, "contains", key)
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
	return c.set(ctx, key, ctxcache.Entry[V]{Value: value, TTL: ttl})
}

// SetEntry stores e under key, and kills a lease on key. It fails as Set does.
func (c *Cache[K, V]) SetEntry(ctx context.Context, key K, e ctxcache.Entry[V]) error {
	return c.set(ctx, key, e)
}

func (c *Cache[K, V]) set(ctx context.Context, key K, e ctxcache.Entry[V]) error {
	if err := e.Check(); err != nil {
		return c.reject(ctx, "set", err)
	}
	ttl, cost := c.terms(ctx, key, e)
	s, err := c.enter(ctx, "set", key)
	if err != nil {
		return err
	}
	s.leases.kill(key)
	err = s.store(key, e, ttl, cost)
	s.unlock()
	if err != nil {
		return c.fail("set", err)
	}
	return nil
}

// Delete removes key: its value, a negative entry, and a lease on it.
func (c *Cache[K, V]) Delete(ctx context.Context, key K) error {
	_, err := c.remove(ctx, "delete", key)
	return err
}

// Remove deletes key and reports whether it had a value.
func (c *Cache[K, V]) Remove(ctx context.Context, key K) (was bool, err error) {
	return c.remove(ctx, "remove", key)
}

func (c *Cache[K, V]) remove(ctx context.Context, op string, key K) (was bool, err error) {
	s, err := c.enter(ctx, op, key)
	if err != nil {
		return false, err
	}
	s.leases.kill(key)
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
			return ctxcache.Fail(layer, "close", err)
		}
		return nil
	}
	for i := range c.shards { // who still waits for one of the locks finds the cache closed when it has it
		c.shards[i].close()
	}
	return nil
}
