package ctxcache

import (
	"context"
	"math"
	"time"
)

// Cache is the interface of every cache. Implementations keep the following rules. Package cachetest has test cases for
// each rule, under the same name.
//
//  1. Miss. An absent or expired key is [ErrMiss], returned bare, so that err == ErrMiss holds. An outage is
//     never a miss, and a miss is never an outage. [ErrNotFound], bare too, is a negative entry: the cache knows that
//     the source has no such thing. A negative entry is not a value, and no value can be mistaken for one.
//  2. Context. When its context is done, a call returns the context's error, bare, whatever it is waiting for: a lock, a
//     load, the network. If the context is done from the beginning, the call does nothing.
//  3. Errors. Every failure is returned. A failure is an [*Error], which unwraps to its cause. ErrMiss, ErrNotFound and the
//     other bare errors are answers, not failures. Messages contain neither keys nor values. A write that fails takes the
//     old value away, because the source has changed: the server is full, say, or the value is refused with [ErrValue].
//     Only a call that is refused before it does anything leaves the key as it is: ErrTTL, ErrKey, errors.ErrUnsupported,
//     a done context, a closed cache. So does one that cannot reach the store at all.
//  4. TTL. A TTL of 0 means the cache's default, [NoExpiry] means that the entry never expires. A negative TTL is
//     refused with [ErrTTL]. A live entry reports at least 1 ms. A store with a coarser clock rounds up, but never to
//     forever.
//  5. Ownership. A value given to Set, or got from Get, is not modified afterwards, neither by the caller nor
//     by the cache.
//  6. Concurrency. All methods may be called concurrently, unless the type says otherwise.
//  7. Delete is idempotent: to delete an absent key is not an error.
//  8. Keys. Any key works, the empty one and arbitrary bytes included. A store that allows fewer keys maps the others
//     without collision, or returns [ErrKey]. It never truncates a key. A key that is not equal to itself (NaN) or
//     that cannot be hashed is refused with ErrKey. A key means the same under every context: if a value depends on the
//     tenant in the context, put the tenant into the key.
//  9. Empty is a value. A zero-length value, nil, a value that looks like a marker of the store: all are stored and
//     returned unchanged (a nil slice may come back as an empty one).
//  10. Close, where there is one, has the signature Close() error and stops what this cache itself started,
//     never a cache that it wraps. It is idempotent and leaks no goroutine; later calls return [ErrClosed].
//     Of caches that wrap each other, close the outermost first.
type Cache[K comparable, V any] interface {
	// Get returns the value of key, or ErrMiss, or ErrNotFound.
	Get(ctx context.Context, key K) (V, error)
	// Set stores value under key for ttl: 0 is the cache's default, NoExpiry is for ever. If it fails, the key may have the
	// new value, or none, and keeps the old one only as rule 3 allows.
	Set(ctx context.Context, key K, value V, ttl time.Duration) error
	// Delete removes key, with its negative entry if it has one, and ends its lease.
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
