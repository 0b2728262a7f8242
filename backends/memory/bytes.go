package memory

import (
	"fmt"
	"unsafe"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/footprint"
	"github.com/ctxcache/cached/internal/memlimit"
)

// An entry takes its slot, its key and its value, and these bytes in addition.
const (
	// tableBytes is for the cost, ghosts, deadlines, and a place in the table. A group of 64 bytes has 5 to 10 used places.
	tableBytes = 28

	// negativeBytes is for the place of a negative entry in the list of them.
	negativeBytes = 40

	// extraBytes is for the extra of an entry that needs one.
	extraBytes = int64(unsafe.Sizeof(extra{}))
)

// checkBytes returns the error for bounds that cannot be kept together.
func (o *Options[K, V]) checkBytes() error {
	switch {
	case o.MaxBytes > 0 && o.MemoryShare > 0:
		return fmt.Errorf("%w: MaxBytes and MemoryShare are both set", ctxcache.ErrOptions)
	case o.MaxCost > 0 && (o.MaxBytes > 0 || o.MemoryShare > 0):
		return fmt.Errorf("%w: MaxCost is set, and MaxBytes or MemoryShare is, too", ctxcache.ErrOptions)
	}
	return nil
}

// validBytes returns MaxBytes, or MemoryShare in bytes, or the error of Validate. The options are not nil.
func (o *Options[K, V]) validBytes() (int64, error) {
	if err := o.check(); err != nil || o.MemoryShare == 0 {
		return o.MaxBytes, err
	}
	limit, _, err := memoryLimit()
	if err != nil {
		return 0, fmt.Errorf("%w: MemoryShare is a share of a limit that is not known: %w", ctxcache.ErrOptions, err)
	}
	return max(int64(o.MemoryShare*float64(limit)), 1), nil
}

// memoryLimit returns how many bytes the process may use. Tests replace it.
var memoryLimit = memlimit.Bytes

// minCostRoom returns the least bound of the costs of a shard. With a bound of bytes, that is enough for minRoom entries, and for so
// many chunks that what a shard does not use of its last one is little.
func (o *Options[K, V]) minCostRoom() int64 {
	if o.MaxBytes == 0 {
		return minCostRoom
	}
	s := (*slab[K, V])(nil)
	return s.slotBytes() * int64(max(minRoom, minChunks*s.chunkSize()))
}

const minChunks = 8 // of a shard with a bound of bytes

// costLimit returns the bound of the costs, in bytes or another unit, or 0.
func (o *Options[K, V]) costLimit() int64 { return max(o.MaxCost, o.MaxBytes) }

// costs returns the functions for the cost of a value and of a negative entry, or nil without a bound of costs.
func (o *Options[K, V]) costs() (value func(K, V) int64, negative func(K) int64) {
	if o.MaxBytes == 0 {
		return o.Cost, func(K) int64 { return leastCost }
	}
	behindKey, behindValue := footprint.Of[K](), footprint.Of[V]()
	fixed := (*slab[K, V])(nil).slotBytes() + tableBytes
	if o.Idle != ctxcache.NoExpiry {
		fixed += extraBytes
	}
	negative = func(key K) int64 { return fixed + negativeBytes + behindKey(key) }
	if o.Cost != nil {
		return o.Cost, negative
	}
	return func(key K, value V) int64 { return fixed + behindKey(key) + behindValue(value) }, negative
}

// extraCost returns what an entry costs that needs an extra, in addition to what costs says: with Options.Idle all do, and costs
// has it.
func (o *Options[K, V]) extraCost() int64 {
	if o.MaxBytes == 0 || o.Cost != nil || o.Idle != ctxcache.NoExpiry {
		return 0
	}
	return extraBytes
}
