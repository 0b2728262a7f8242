package contender

import (
	"time"

	"github.com/dgraph-io/ristretto/v2"
)

// ofRistretto is github.com/dgraph-io/ristretto/v2. Its options are those that its README advises. Each entry costs 1.
type ofRistretto[K ristretto.Key, V any] struct {
	cache *ristretto.Cache[K, V]
	ttl   time.Duration
}

func newRistretto[K interface {
	comparable
	ristretto.Key
}, V any](capacity int, ttl time.Duration) (Cache[K, V], error) {
	cache, err := ristretto.NewCache(&ristretto.Config[K, V]{
		NumCounters: 10 * int64(capacity), MaxCost: int64(capacity), BufferItems: 64, IgnoreInternalCost: true,
	})
	return ofRistretto[K, V]{cache, ttl}, err
}

func (r ofRistretto[K, V]) Get(key K) (V, bool) { return r.cache.Get(key) }

func (r ofRistretto[K, V]) Set(key K, value V) { r.cache.SetWithTTL(key, value, 1, r.ttl) }

func (r ofRistretto[K, V]) Settle() { r.cache.Wait() }

func (r ofRistretto[K, V]) Close() error {
	r.cache.Close()
	return nil
}
