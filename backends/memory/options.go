package memory

import (
	"fmt"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Unbounded, as MaxEntries, means that the number of entries has no bound.
const Unbounded = -1

// Options configure a cache. They need a bound: MaxEntries, or one of MaxBytes, MemoryShare and MaxCost, or both. Nil options
// mean a cache of 10,000 entries that do not expire.
type Options[K comparable, V any] struct {
	// MaxEntries is the largest number of entries, including negative ones (see MaxNegative). The cache never has more.
	// When it is full, a new entry replaces another one, which Policy chooses. [Unbounded] means that the number has no
	// bound. With another bound, 0 means Unbounded, too.
	//
	// Each shard has an equal part of MaxEntries, and evicts entries when its part is full. Keys do not spread quite
	// evenly, so some shards are full while others still have room: a full cache of several shards has a few percent
	// fewer than MaxEntries entries. Also, the policy applies to each shard: the least recently used entry of a shard
	// is not always the least recently used entry of the cache. If this matters, set Shards to 1. A small cache has one
	// shard anyway.
	MaxEntries int

	// MaxCost is the largest sum of the costs of all entries, in the unit of Cost. The cache never exceeds it: it
	// evicts as many entries as a new one needs. 0 means that the cost has no bound. MaxCost may be used with or
	// without MaxEntries.
	//
	// The shards share MaxCost. A write evicts entries of its own shard first, if that has about an equal part, and otherwise
	// also entries of others. A value that costs more than MaxCost is [ErrTooLarge].
	MaxCost int64

	// MaxBytes is the largest sum of the estimated bytes of all entries. It is a MaxCost in bytes, with a Cost of its own: the
	// estimate has the key, the value, what they point to, and what the cache itself needs for an entry. It knows strings,
	// slices, pointers, maps and interfaces in any type. It does not look behind a struct that contains a lock, itself or in an
	// embedded struct, nor into an atomic.Value, because others may be changing it. Long slices and maps are sampled. Memory that several values share
	// counts for each of them. If values need another estimate, set Cost, which then has to return all bytes of an entry. 0
	// means that the bytes have no bound.
	//
	// An entry with the time when it was loaded, as cached functions store it, or with a stale window, takes 32 bytes more. So
	// does each entry that is stored after it, until Clear. Entries that were stored before the first one may take them, too,
	// and were not charged for that.
	MaxBytes int64

	// MemoryShare is MaxBytes as a part of the memory that this process may use, more than 0 and less than 1. The limit is
	// GOMEMLIMIT or, if that is not set, the limit of the process's cgroup. Without any limit, MemoryShare is
	// [ctxcache.ErrOptions]. New reads the limit once, and so does Resize. 0 means that MaxBytes decides.
	MemoryShare float64

	// Cost returns the cost of an entry, in any unit, such as bytes. It is called once for each write of a value,
	// before the write takes a lock, and may be called concurrently. Every entry costs at least 1, so that MaxCost also
	// bounds their number: a cost of 0 counts as 1, and a negative entry, which has no value, costs 1. A negative cost
	// is [ErrCost]. If Cost panics, so does the write, and the previous value of the key is removed. MaxCost needs Cost, and
	// Cost needs MaxCost, MaxBytes or MemoryShare.
	Cost func(key K, value V) int64

	// MaxNegative is the largest number of negative entries, so that a scan of absent keys does not evict the values. At
	// the limit, a new negative entry replaces the least recently used negative one, whatever the Policy, and never a
	// value. This counts as an eviction. A lease on the evicted key stands. If the cache is full and the limit is not
	// reached, Policy chooses, as for every new entry. So a scan takes the places of at most MaxNegative values.
	//
	// 0 means an eighth of MaxEntries, or of MaxCost if that is set and smaller, but at least one for each shard. A cache
	// without a bound then has no limit. MaxEntries, or any larger number, means as many as fit; in a cache that has only
	// MaxCost, use math.MaxInt. [NoNegatives] means that the cache keeps no negative entries: writing one returns no error,
	// and removes the previous entry of the key.
	//
	// With MaxCost, a negative entry costs 1, but takes more than one byte. If Cost returns bytes, use MaxBytes instead, which
	// estimates the bytes of a negative entry. Then an eighth of the bytes is the default limit, whatever the length of the
	// keys, but a shard keeps at least one.
	//
	// Each shard has an equal part of MaxNegative, and the limit applies to each shard.
	MaxNegative int

	// Policy chooses which entry is evicted. Expired entries are removed first. 0 means Adaptive for a cache with a
	// bound. A cache without a bound never evicts, so 0 means that it keeps no order, which makes hits cheaper.
	Policy Policy

	// Shards is the number of shards, each with its own lock, at most 65536. It is rounded up to a power of two, and
	// then halved until it is at most MaxEntries, MaxCost, and MaxNegative if that is set. 0 means 32 for
	// each CPU, at most 256, and only as many as leave each shard at least 256 of MaxEntries, 65,536 of MaxCost, 32 of
	// MaxNegative, and of MaxBytes some 200 KiB, or more if values are large and stored without a pointer. If few entries fit
	// because each of them costs much, fewer shards evict better: each chooses among its own entries only.
	Shards int

	// TTL is the TTL of writes with TTL 0. 0 means [ctxcache.NoExpiry]. An entry with a TTL or an Idle of more than two years leaves
	// after two years: deadlines have 48 bits.
	TTL time.Duration

	// TTLOf returns the TTL of a value that is written with TTL 0. It is used instead of TTL, except for
	// negative entries. If it returns 0 or less, the value has already expired: it is not stored, the write returns no
	// error, and the previous value of the key is removed. TTLOf is called before the write takes a lock, and may be
	// called concurrently. If it panics, so does the write, and the previous value of the key is removed. It may be nil.
	TTLOf func(key K, value V) time.Duration

	// Idle is how long an entry stays that is not used. Each use counts: see [Policy]. It leaves earlier if its TTL ends. 0
	// means that an entry may be idle. Readers get the remaining TTL without regard to Idle.
	Idle time.Duration

	// LeaseTTL is how long a lease stands after its load has ended, if the holder neither uses nor releases it. It
	// counts from the grant or the last renewal. A lease is renewed while its load lives; a load whose end cannot be
	// known does not count as alive (see [ctxcache.LoadContext]). 0 means one minute.
	LeaseTTL time.Duration

	// SizeCurve makes Stats report, in its field SizeCurve, which hit rates the cache would have if its bounds were a
	// quarter, a half, twice and four times as large. It needs a bound. A cache of at least 2,000 entries usually gets
	// estimates within about a percentage point. A smaller cache gets rough estimates, and so does one with the policy MRU.
	//
	// One small cache of hashes for each size sees a sample of the keys. They take a megabyte or two together. The
	// sample has 2,048 of the keys that fit, but not more than one key in 8, and not less than one in 4,096. An operation
	// on a sampled key takes ten to twenty times as long as another one. So a cache of a million entries is hardly slower, but
	// reads of a cache of ten thousand may take three times as long.
	//
	// Resize begins a new curve. A cache without MaxEntries does so, too, when it has so many entries that the sample
	// must become smaller. The estimates leave out what Evict does. A Clear of a narrower scope removes only keys that this
	// cache has, so the estimates for larger sizes keep the others. A value that alone costs more than the sample of a size
	// may hold never hits there.
	SizeCurve bool

	// OnEvict is called once for every value that leaves the cache, whatever the cause. It is not called for negative
	// entries, which have no value. It runs on the goroutine of the call that removed the value, before that call
	// returns. That may be a read that finds the value expired. So OnEvict may be called concurrently, and for two
	// values of one key in either order. No lock is held while it runs: it may use the cache, which no longer has the
	// value. If it panics, so does that call, which may leave the rest of its work undone. But OnEvict is still called
	// for every value that was removed, and Close still removes all of them. If it panics several times in one call, the
	// call panics with the first value. A write keeps the values that make room for it until OnEvict has been called for
	// them. It may be nil.
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
	_, err := o.validBytes()
	return err
}

// check is Validate for options that are not nil, except that it does not ask for the limit that MemoryShare is a part of.
func (o *Options[K, V]) check() error {
	switch {
	case o.MaxEntries < 0 && o.MaxEntries != Unbounded:
		return fmt.Errorf("%w: MaxEntries is negative: %d", ctxcache.ErrOptions, o.MaxEntries)
	case o.MaxCost < 0:
		return fmt.Errorf("%w: MaxCost is negative: %d", ctxcache.ErrOptions, o.MaxCost)
	case o.MaxNegative < 0 && o.MaxNegative != NoNegatives:
		return fmt.Errorf("%w: MaxNegative is negative: %d", ctxcache.ErrOptions, o.MaxNegative)
	case o.MaxCost > 0 && o.Cost == nil:
		return fmt.Errorf("%w: MaxCost needs Cost", ctxcache.ErrOptions)
	case o.MaxBytes < 0:
		return fmt.Errorf("%w: MaxBytes is negative: %d", ctxcache.ErrOptions, o.MaxBytes)
	case o.MemoryShare != 0 && !(o.MemoryShare > 0 && o.MemoryShare < 1):
		return fmt.Errorf("%w: MemoryShare is not between 0 and 1: %v", ctxcache.ErrOptions, o.MemoryShare)
	case o.Cost != nil && !o.costly():
		return fmt.Errorf("%w: Cost needs MaxCost, MaxBytes or MemoryShare", ctxcache.ErrOptions)
	case o.MaxEntries == 0 && !o.costly():
		return fmt.Errorf("%w: there is no bound: set MaxEntries, MaxBytes, MemoryShare or MaxCost, or set MaxEntries to memory.Unbounded",
			ctxcache.ErrOptions)
	case o.SizeCurve && o.MaxEntries <= 0 && !o.costly():
		return fmt.Errorf("%w: SizeCurve needs a bound: set MaxEntries, MaxBytes, MemoryShare or MaxCost", ctxcache.ErrOptions)
	case o.Policy > Adaptive:
		return fmt.Errorf("%w: Policy is unknown: %v", ctxcache.ErrOptions, o.Policy)
	case o.Shards < 0 || o.Shards > maxShards:
		return fmt.Errorf("%w: Shards is not within 0 and %d: %d", ctxcache.ErrOptions, maxShards, o.Shards)
	case o.TTL < 0:
		return fmt.Errorf("%w: TTL is negative: %v", ctxcache.ErrOptions, o.TTL)
	case o.Idle < 0:
		return fmt.Errorf("%w: Idle is negative: %v", ctxcache.ErrOptions, o.Idle)
	case o.LeaseTTL < 0:
		return fmt.Errorf("%w: LeaseTTL is negative: %v", ctxcache.ErrOptions, o.LeaseTTL)
	}
	return o.checkBytes()
}

// costly reports whether the costs of the entries have a bound, in bytes or another unit.
func (o *Options[K, V]) costly() bool { return o.MaxCost > 0 || o.MaxBytes > 0 || o.MemoryShare > 0 }

// resolve returns the options with all defaults filled in, except Shards and MaxNegative, and with MemoryShare as
// MaxBytes. For nil options it returns the defaults only, and for invalid ones the defaults and the error of Validate. It
// asks for the limit of the memory once, because the limit may change.
func (o *Options[K, V]) resolve() (filled Options[K, V], err error) {
	filled.MaxEntries = defaultMaxEntries
	if o != nil {
		var bytes int64
		if bytes, err = o.validBytes(); err == nil {
			filled = *o
			filled.MaxBytes, filled.MemoryShare = bytes, 0
		}
	}
	if filled.MaxEntries == 0 {
		filled.MaxEntries = Unbounded
	}
	if filled.Policy == 0 && (filled.MaxEntries > 0 || filled.costly()) {
		filled.Policy = Adaptive
	}
	if filled.TTL == 0 {
		filled.TTL = ctxcache.NoExpiry
	}
	if filled.Idle == 0 {
		filled.Idle = ctxcache.NoExpiry
	}
	if filled.LeaseTTL == 0 {
		filled.LeaseTTL = defaultLeaseTTL
	}
	return filled, err
}
