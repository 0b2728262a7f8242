package contender

import (
	"time"

	"github.com/maypok86/otter/v2"
)

// ofOtter is github.com/maypok86/otter/v2.
type ofOtter[K comparable, V any] struct{ cache *otter.Cache[K, V] }

func newOtter[K comparable, V any](capacity int, ttl time.Duration) (Cache[K, V], error) {
	opts := &otter.Options[K, V]{MaximumSize: capacity}
	if ttl > 0 {
		opts.ExpiryCalculator = otter.ExpiryWriting[K, V](ttl)
	}
	cache, err := otter.New(opts)
	return ofOtter[K, V]{cache}, err
}

func (o ofOtter[K, V]) Get(key K) (V, bool) { return o.cache.GetIfPresent(key) }

func (o ofOtter[K, V]) Set(key K, value V) { o.cache.Set(key, value) }

func (o ofOtter[K, V]) Settle() { o.cache.CleanUp() }

func (o ofOtter[K, V]) Close() error {
	o.cache.StopAllGoroutines()
	return nil
}
