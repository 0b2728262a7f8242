package ctxcache

import "time"

// Timeouts are how long one call waits at most for a cache, whatever its servers do. A call for many keys may wait a
// millisecond longer for each key. The zero value is for a cache in this process, which nobody has to wait for.
// [NoExpiry] means that the cache asks servers, and sets no limit itself.
type Timeouts struct {
	Read  time.Duration // of a call that reads, or asks for a lease
	Write time.Duration // of every other call

	// Late is how long after a write with an unknown outcome the write may still take effect. By then the cache has deleted
	// the key once more. It is 0 if the cache does not know.
	Late time.Duration
}

// RemoteCache is a cache that asks servers.
type RemoteCache interface {
	// Timeouts returns the limits. They are constant.
	Timeouts() Timeouts
}

// TimeoutsOf returns the limits of c. They are zero if c is not a [RemoteCache].
func TimeoutsOf[K comparable, V any](c Cache[K, V]) Timeouts {
	if r, ok := c.(RemoteCache); ok {
		return r.Timeouts()
	}
	return Timeouts{}
}
