package ctxcache

import (
	"context"
	"math"
	"time"
)

// Cache is what every cache of this library implements. Implementations keep these rules. The cases of package
// cachetest, which proves them, have the same names.
//
//  1. Miss. An absent or expired key is [ErrMiss], returned bare, so that err == ErrMiss holds. An outage is
//     never a miss, and a miss never an outage. [ErrNotFound], bare too, says that the cache knows that the
//     source has no such thing. That is a negative entry; it is not a value and collides with none.
//  2. Context. A done context ends the call with the context's error, before it starts if it is already done. A
//     caller that waits for anything (a lock, a load, the network) leaves when its context is done.
//  3. Errors. Nothing is swallowed. A failure is an [*Error], which unwraps to its cause. Its message has neither
//     the key nor the value in it.
//  4. TTL. 0 is the cache's default, [NoExpiry] is never, and a negative one is [ErrTTL]. A live entry reports
//     at least 1 ms. A store with a coarser clock rounds up, never to zero and never to forever.
//  5. Ownership. A value given to Set, or got from Get, is not modified afterwards, neither by the caller nor
//     by the cache.
//  6. Concurrency. All methods may be called concurrently, unless the type says otherwise.
//  7. Delete is idempotent: to delete an absent key is not an error.
//  8. Keys. Any key works, the empty one and arbitrary bytes included. A store with narrower keys maps them
//     without collision or returns [ErrKey]; it never truncates. A key that is not equal to itself (NaN) or
//     cannot be hashed is ErrKey.
//  9. Empty is a value. A zero-length value, nil, a value that looks like anything special: all are stored and
//     returned as they are (a nil slice may come back as an empty one).
//  10. Close, where there is one, has the signature Close() error and stops what this cache itself started,
//     never a cache that it wraps. It is idempotent and leaks no goroutine; later calls return [ErrClosed].
//     Stacks are closed outermost first.
type Cache[K comparable, V any] interface {
	// Get returns the value of key, or ErrMiss, or ErrNotFound.
	Get(ctx context.Context, key K) (V, error)
	// Set stores value under key for ttl: 0 is the cache's default, NoExpiry is for ever.
	Set(ctx context.Context, key K, value V, ttl time.Duration) error
	// Delete removes key, and ends what is known about it: a negative entry and a lease, too.
	Delete(ctx context.Context, key K) error
}

const (
	// NoExpiry is the TTL of an entry that never expires. It is the largest duration, so that min works on TTLs.
	NoExpiry time.Duration = math.MaxInt64

	// Unknown is the TTL reported by a store that cannot tell the remaining life of an entry.
	// It is only ever reported: as a TTL to store with it is ErrTTL, like every negative one.
	Unknown time.Duration = math.MinInt64
)

// CheckTTL returns ErrTTL if ttl is negative. Backends and layers call it on every TTL they are given.
func CheckTTL(ttl time.Duration) error {
	if ttl < 0 {
		return ErrTTL
	}
	return nil
}
