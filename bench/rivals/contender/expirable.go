package contender

import (
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"
)

// ofExpirable is the cache with a TTL of github.com/hashicorp/golang-lru/v2.
type ofExpirable[K comparable, V any] struct {
	cache *expirable.LRU[K, V]
	use   expirableUse[K, V]
}

// expirableUse is what a cache was made for.
type expirableUse[K comparable, V any] struct {
	capacity int
	ttl      time.Duration
}

// closedExpirables has caches that were closed, by their use. A cache has a goroutine that never ends, and keeps the
// cache in memory. So a closed cache is emptied and used again; otherwise, hundreds of them would burden the rivals.
var closedExpirables sync.Map

func newExpirable[K comparable, V any](capacity int, ttl time.Duration) (Cache[K, V], error) {
	if ttl <= 0 {
		return nil, ErrLives
	}
	use := expirableUse[K, V]{capacity, ttl}
	if closed, ok := closedExpirables.LoadAndDelete(use); ok {
		return ofExpirable[K, V]{closed.(*expirable.LRU[K, V]), use}, nil
	}
	return ofExpirable[K, V]{expirable.NewLRU[K, V](capacity, nil, ttl), use}, nil
}

func (e ofExpirable[K, V]) Get(key K) (V, bool) { return e.cache.Get(key) }

func (e ofExpirable[K, V]) Set(key K, value V) { e.cache.Add(key, value) }

func (ofExpirable[K, V]) Settle() {}

func (e ofExpirable[K, V]) Close() error {
	e.cache.Purge()
	closedExpirables.Store(e.use, e.cache)
	return nil
}
