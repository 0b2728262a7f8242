package memory

import (
	"fmt"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Unbounded is the MaxEntries of a cache that is to have no bound on their number.
const Unbounded = -1

// Options configure a cache. They need a bound: MaxEntries, MaxCost, or both. Nil options are a cache of 10,000 entries
// that do not expire.
type Options[K comparable, V any] struct {
	// MaxEntries bounds the cache: it never has more entries than this, negative ones included. When it is
	// full, an entry makes room; Policy says which one. [Unbounded] says on purpose that there is no such bound. With
	// MaxCost, 0 is Unbounded, too.
	//
	// Each shard has an equal part of MaxEntries to itself, and evicts when that is full. Since keys do not
	// spread quite evenly, some shards do so while others still have room: expect a few percent fewer than
	// MaxEntries entries in a full cache of several shards. The least recently used entry of a shard is nearly,
	// not always, that of the cache; so it is with every Policy. Where either matters, set Shards to 1; a small
	// cache has a single shard anyway.
	MaxEntries int

	// MaxCost bounds what the entries cost together, by Cost; alone, or along with MaxEntries. It is never exceeded.
	// As many entries make room as it takes. 0 is no bound.
	//
	// Each shard has an equal part of MaxCost to itself. A value that costs more than that is [ErrTooLarge]. A
	// cache with MaxCost has therefore a single shard, unless Shards asks for more.
	MaxCost int64

	// Cost returns what an entry costs, in any unit: 1 each, bytes. It is asked once for each write of a value, before
	// that takes a lock, so concurrently. 0 is fine, a negative cost is [ErrCost]. A negative entry has no value, and
	// costs 1. Cost and MaxCost come together or not at all.
	Cost func(key K, value V) int64

	// Policy says which entry makes room. 0 is LRU for a bounded cache; for one that has no bound and never evicts, it
	// is none, which makes hits cheaper. Whatever the policy, what has expired goes first.
	Policy Policy

	// Shards is how many locks share the work, at most 65536. It is rounded up to a power of two, and down
	// again to at most MaxEntries, and MaxCost. 0 chooses: four for every CPU, as long as each has at least 128 of
	// MaxEntries; one with MaxCost.
	Shards int

	// TTL is the default time to live, for writes that give none. 0 is [ctxcache.NoExpiry].
	TTL time.Duration

	// TTLOf, if not nil, takes the place of TTL for values: it returns the time to live of a value that is
	// written without one. Should that not be positive, the value has expired already: it is not stored, which is no
	// error, and what was under its key before is gone. It is asked before the write takes a lock, so concurrently.
	// Negative entries live for TTL.
	TTLOf func(key K, value V) time.Duration

	// LeaseTTL is for how long a lease stands whose load has ended, or is not known to end (see
	// [ctxcache.LoadContext]), and that is neither used nor released: counted from when it was granted or last renewed.
	// It is renewed while its load lives. 0 is one minute.
	LeaseTTL time.Duration

	// OnEvict, if not nil, is called once for every value that leaves the cache, whatever the cause; not for
	// negative entries, which have no value. It runs on the goroutine of the call that made the value leave (a
	// read may find that an entry has expired), before that call returns; so it may run concurrently, and for
	// two values of one key in either order. No lock is held meanwhile: it may use the cache, and finds the
	// value gone already.
	OnEvict func(key K, value V, cause Cause)
}

const (
	defaultMaxEntries = 10_000
	defaultLeaseTTL   = time.Minute
	maxShards         = 1 << 16
)

// Validate returns an error that wraps [ctxcache.ErrOptions] and names the option that makes no sense, or nil.
// Nil options are valid.
func (o *Options[K, V]) Validate() error {
	if o == nil {
		return nil
	}
	switch {
	case o.MaxEntries < 0 && o.MaxEntries != Unbounded:
		return fmt.Errorf("%w: MaxEntries is negative: %d", ctxcache.ErrOptions, o.MaxEntries)
	case o.MaxCost < 0:
		return fmt.Errorf("%w: MaxCost is negative: %d", ctxcache.ErrOptions, o.MaxCost)
	case o.MaxCost > 0 && o.Cost == nil:
		return fmt.Errorf("%w: MaxCost needs Cost", ctxcache.ErrOptions)
	case o.Cost != nil && o.MaxCost == 0:
		return fmt.Errorf("%w: Cost needs MaxCost", ctxcache.ErrOptions)
	case o.MaxEntries == 0 && o.MaxCost == 0:
		return fmt.Errorf("%w: there is no bound: set MaxEntries, or MaxCost; or MaxEntries: memory.Unbounded", ctxcache.ErrOptions)
	case o.Policy > RR:
		return fmt.Errorf("%w: Policy is unknown: %v", ctxcache.ErrOptions, o.Policy)
	case o.Shards < 0 || o.Shards > maxShards:
		return fmt.Errorf("%w: Shards is not within 0 and %d: %d", ctxcache.ErrOptions, maxShards, o.Shards)
	case o.TTL < 0:
		return fmt.Errorf("%w: TTL is negative: %v", ctxcache.ErrOptions, o.TTL)
	case o.LeaseTTL < 0:
		return fmt.Errorf("%w: LeaseTTL is negative: %v", ctxcache.ErrOptions, o.LeaseTTL)
	}
	return nil
}

// withDefaults returns the options with every default filled in, except for Shards; of nil and of invalid ones, the
// defaults alone.
func (o *Options[K, V]) withDefaults() Options[K, V] {
	filled := Options[K, V]{MaxEntries: defaultMaxEntries}
	if o != nil && o.Validate() == nil {
		filled = *o
	}
	if filled.MaxEntries == 0 {
		filled.MaxEntries = Unbounded
	}
	if filled.Policy == 0 && (filled.MaxEntries > 0 || filled.MaxCost > 0) {
		filled.Policy = LRU
	}
	if filled.TTL == 0 {
		filled.TTL = ctxcache.NoExpiry
	}
	if filled.LeaseTTL == 0 {
		filled.LeaseTTL = defaultLeaseTTL
	}
	return filled
}
