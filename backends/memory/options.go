package memory

import (
	"fmt"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Options configure a cache. The zero value is an unbounded cache whose entries do not expire.
type Options[K comparable, V any] struct {
	// MaxEntries bounds the cache: it never has more entries than this, negative ones included. When it is
	// full, the least recently used entry makes room. 0 is no bound.
	//
	// Each shard has an equal part of MaxEntries to itself, and evicts when that is full. Since keys do not
	// spread quite evenly, some shards do so while others still have room: expect a few percent fewer than
	// MaxEntries entries in a full cache of several shards. The least recently used entry of a shard is nearly,
	// not always, that of the cache. Where either matters, set Shards to 1; a small cache has a single shard
	// anyway.
	MaxEntries int

	// Shards is how many locks share the work, at most 65536. It is rounded up to a power of two, and down
	// again to at most MaxEntries. 0 chooses: four for every CPU, as long as each has at least 128 of
	// MaxEntries.
	Shards int

	// TTL is the default time to live, for writes that give none. 0 is [ctxcache.NoExpiry].
	TTL time.Duration

	// LeaseTTL is for how long a lease stands that is neither used nor released. A load that takes longer than this
	// is not stored. 0 is one minute.
	LeaseTTL time.Duration

	// OnEvict, if not nil, is called once for every value that leaves the cache, whatever the cause; not for
	// negative entries, which have no value. It runs on the goroutine of the call that made the value leave (a
	// read may find that an entry has expired), before that call returns; so it may run concurrently, and for
	// two values of one key in either order. No lock is held meanwhile: it may use the cache, and finds the
	// value gone already.
	OnEvict func(key K, value V, cause Cause)
}

const (
	defaultLeaseTTL = time.Minute
	maxShards       = 1 << 16
)

// Validate returns an error that wraps [ctxcache.ErrOptions] and names the option that makes no sense, or nil.
// Nil options are valid.
func (o *Options[K, V]) Validate() error {
	if o == nil {
		return nil
	}
	switch {
	case o.MaxEntries < 0:
		return fmt.Errorf("%w: MaxEntries is negative: %d", ctxcache.ErrOptions, o.MaxEntries)
	case o.Shards < 0 || o.Shards > maxShards:
		return fmt.Errorf("%w: Shards is not within 0 and %d: %d", ctxcache.ErrOptions, maxShards, o.Shards)
	case o.TTL < 0:
		return fmt.Errorf("%w: TTL is negative: %v", ctxcache.ErrOptions, o.TTL)
	case o.LeaseTTL < 0:
		return fmt.Errorf("%w: LeaseTTL is negative: %v", ctxcache.ErrOptions, o.LeaseTTL)
	}
	return nil
}

// withDefaults returns the options with every default filled in, except for Shards; of invalid ones, the defaults
// alone.
func (o *Options[K, V]) withDefaults() Options[K, V] {
	var filled Options[K, V]
	if o != nil && o.Validate() == nil {
		filled = *o
	}
	if filled.TTL == 0 {
		filled.TTL = ctxcache.NoExpiry
	}
	if filled.LeaseTTL == 0 {
		filled.LeaseTTL = defaultLeaseTTL
	}
	return filled
}
