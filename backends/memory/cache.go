package memory

import (
	"cmp"
	"context"
	"hash/maphash"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/own"
)

// Cache is a cache in memory. See the package comment. Its methods may be called concurrently. A method for one key
// takes constant time, or O(log n) if it writes or removes an entry that expires.
type Cache[K comparable, V any] struct {
	shards []shard[K, V] // a power of two of them
	seed   maphash.Seed  // of the hash that assigns keys to shards

	id         uint64                   // unique in this process
	ttl        time.Duration            // the default; see Options.TTL
	idle       time.Duration            // NoExpiry if values may be idle
	ttlOf      func(K, V) time.Duration // may be nil, like the next two
	cost       func(K, V) int64
	budget     budget
	absentCost func(K) int64 // the cost of a negative entry
	onEvict    func(K, V, Cause)
	policy     Policy          // 0 if no order is kept
	keys       own.Copier[K]   // entries have copies of keys, because a key may be a view of a buffer that the caller uses again
	pick       func(n int) int // a random number from 0 to n-1, for RR
	born       time.Time       // deadlines are relative to this, by the monotonic clock

	watchers watchers[K]

	resizing sync.Mutex                    // held by Resize
	options  atomic.Pointer[Options[K, V]] // with the defaults filled in, and the present bounds

	invalid error // why the options are invalid; nil if they are valid

	refused atomic.Pointer[error] // the error of every call: ErrOptions or ErrClosed; or nil
	errors  atomic.Uint64         // how many calls failed, and keys in calls for many

	curve atomic.Pointer[curve] // nil without Options.SizeCurve, and after Close
}

// opPeek is the name of Peek in errors.
const opPeek ctxcache.Operation = "peek"

// New returns an empty cache. Nil options mean the defaults. If the options are invalid, every call returns the error
// of [Options.Validate].
func New[K comparable, V any](opts *Options[K, V]) *Cache[K, V] {
	o := opts.withDefaults()
	c := &Cache[K, V]{
		seed:    maphash.MakeSeed(),
		id:      caches.Add(1),
		ttl:     o.TTL,
		idle:    o.Idle,
		ttlOf:   o.TTLOf,
		onEvict: o.OnEvict,
		policy:  o.Policy,
		keys:    own.CopierOf[K](),
		pick:    rand.IntN,
		born:    time.Now(),
	}
	if c.invalid = opts.Validate(); c.invalid != nil {
		c.refused.Store(&c.invalid)
	}
	if o.costly() {
		c.cost, c.absentCost = o.costs()
	}
	c.budget.limit.Store(o.costLimit())
	c.budget.turn = make(chan struct{}, 1)
	c.shards = newShards(c, o)
	c.options.Store(&o)
	c.beginCurve(&o)
	return c
}

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
	i, _, sure := s.glance(key, hash)
	if i == 0 {
		s.mu.RUnlock()
		if !sure {
			return c.getAlone(ctx, key)
		}
		if cv := c.sampling(hash); cv != nil {
			c.sawRead(cv, hash, sighting{})
		}
		var zero V
		return zero, ctxcache.ErrMiss
	}
	value := s.slots.at(i).value
	if cv := c.sampling(hash); cv != nil {
		seen := s.see(i)
		s.mu.RUnlockHit()
		c.sawRead(cv, hash, seen)
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
	i, now, sure := s.glance(key, hash)
	if i == 0 {
		s.mu.RUnlock()
		if !sure {
			return c.getEntryAlone(ctx, op, key, e)
		}
		if cv := c.sampling(hash); cv != nil {
			c.sawRead(cv, hash, sighting{})
		}
		return ctxcache.ErrMiss
	}
	s.slots.describe(i, e, now)
	if cv := c.sampling(hash); cv != nil {
		seen := s.see(i)
		s.mu.RUnlockHit()
		c.sawRead(cv, hash, seen)
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

// Peek is Get, but does not count as a use of the value: it is not a hit, and does not change which entry is evicted next.
func (c *Cache[K, V]) Peek(ctx context.Context, key K) (value V, err error) {
	s, hash, err := c.share(ctx, opPeek, key)
	if err != nil {
		return value, err
	}
	s.count.tests.Add(1)
	err = ctxcache.ErrMiss
	i := s.lookup(key, hash)
	expired := i != 0 && s.expired(i)
	switch {
	case i == 0 || expired:
	case s.slots.at(i).absent():
		err = ctxcache.ErrNotFound
	default:
		value, err = s.slots.at(i).value, nil
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
	i := s.lookup(key, hash)
	has := i != 0 && !s.slots.at(i).absent()
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
	if err := ctxcache.CheckKey(key); err != nil {
		return c.reject(ctx, op, err)
	}
	ttl, cost := c.termsToSet(ctx, op, key, e)
	p := payment{cost: cost}
	return c.write(ctx, op, key, e, ttl, &p, func(s *shard[K, V], hash uint64) error {
		s.leases.Kill(key)                    // (1) of shard.go
		return s.store(key, hash, e, ttl, &p) // (2) of shard.go
	})
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
	s, hash, err := c.enter(ctx, op, key)
	if err != nil {
		return false, err
	}
	s.leases.Kill(key)        // (1) of shard.go
	was = s.delete(key, hash) // (2) of shard.go
	s.unlock()
	c.sawDelete(hash)
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
	c.curve.Store(nil)
	for i := range c.shards { // a call that waits for a lock checks whether the cache is closed once it has the lock
		defer c.shards[i].close() // deferred, because OnEvict may panic: no shard may keep its values
	}
	return nil
}
