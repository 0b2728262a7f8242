package memory

import (
	"context"
	"hash/maphash"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/own"
)

// Cache is a cache in memory. See the package comment. Its methods may be called concurrently. A method for one key
// takes constant time, or O(log n) if it writes or removes an entry that expires: on average, because a write into a full
// shard may have to look at entries whose deadlines earlier writes have made later. If a shard has no room
// for one more negative entry, a write of one first removes all entries of the shard that have expired, in portions.
type Cache[K comparable, V any] struct {
	shards []shard[K, V] // a power of two of them
	seed   maphash.Seed  // of the hash that assigns keys to shards

	id           uint64                   // unique in this process
	ttl          time.Duration            // the default; see Options.TTL
	idle         time.Duration            // NoExpiry if values may be idle
	ttlOf        func(K, V) time.Duration // may be nil, as may cost, negativeCost and onEvict
	cost         func(K, V) int64
	inBytes      bool // costs are bytes
	budget       budget
	negativeCost func(K) int64 // the cost of a negative entry
	extraCost    int64         // the cost of an extra; 0 if extras are free, or if cost and negativeCost include it
	extras       atomic.Bool   // an entry has needed an extra
	onEvict      func(K, V, Cause)
	policy       Policy          // 0 if no order is kept
	sound        bool            // every value of type K can be a key, so that nobody need check one
	keys         own.Copier[K]   // entries have copies of keys, because a key may be a view of a buffer that the caller uses again
	pick         func(n int) int // a random number from 0 to n-1, for RR
	born         time.Time       // deadlines are relative to this, by the monotonic clock

	watchers watchers[K]

	resizing chan struct{}                 // holds one token while a Resize sets the bounds
	options  atomic.Pointer[Options[K, V]] // with the defaults filled in, and the present bounds

	invalid error // why the options are invalid; nil if they are valid

	refused atomic.Pointer[error] // the error of every call: ErrOptions or ErrClosed; or nil
	errors  atomic.Uint64         // how many calls failed, and keys in calls for many

	curve atomic.Pointer[curve] // nil without Options.SizeCurve, and after Close
}

// New returns an empty cache. Nil options mean the defaults. If the options are invalid, every call returns the error
// of [Options.Validate].
func New[K comparable, V any](opts *Options[K, V]) *Cache[K, V] {
	o, invalid := opts.resolve()
	c := &Cache[K, V]{
		seed:    maphash.MakeSeed(),
		id:      caches.Add(1),
		ttl:     o.TTL,
		idle:    o.Idle,
		ttlOf:   o.TTLOf,
		onEvict: o.OnEvict,
		policy:  o.Policy,
		keys:    own.CopierOf[K](),
		sound:   sound[K](),
		pick:    rand.IntN,
		born:    time.Now(),
		invalid: invalid,
	}
	if c.idle != ctxcache.NoExpiry {
		c.idle = min(c.idle, longest)
	}
	if invalid != nil {
		c.refused.Store(&c.invalid)
	}
	if o.costly() {
		c.cost, c.negativeCost = o.costs()
		c.extraCost = o.extraCost()
	}
	c.budget.bound(o.costLimit())
	c.inBytes = o.MaxBytes > 0
	c.budget.turn, c.resizing = make(chan struct{}, 1), make(chan struct{}, 1)
	c.shards = newShards(c, o)
	c.options.Store(&o)
	c.beginCurve(&o)
	return c
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
	open := c.shards
	complete(func() { // OnEvict may panic, but no shard may keep its values
		for ; len(open) > 0; open = open[1:] {
			open[0].close() // a call that waits for a lock checks whether the cache is closed once it has the lock
		}
	})
	return nil
}
