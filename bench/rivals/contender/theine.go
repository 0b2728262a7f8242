package contender

import (
	"time"

	"github.com/Yiling-J/theine-go"
)

// ofTheine is github.com/Yiling-J/theine-go.
type ofTheine[K comparable, V any] struct {
	cache *theine.Cache[K, V]
	ttl   time.Duration
}

func newTheine[K comparable, V any](capacity int, ttl time.Duration) (Cache[K, V], error) {
	cache, err := theine.NewBuilder[K, V](int64(capacity)).Build()
	return ofTheine[K, V]{cache, ttl}, err
}

func (t ofTheine[K, V]) Get(key K) (V, bool) { return t.cache.Get(key) }

func (t ofTheine[K, V]) Set(key K, value V) { t.cache.SetWithTTL(key, value, 1, t.ttl) }

func (t ofTheine[K, V]) Settle() { t.cache.Wait() }

func (t ofTheine[K, V]) Close() error {
	t.cache.Close()
	return nil
}
