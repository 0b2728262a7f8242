package contender

import (
	"time"

	"github.com/jellydator/ttlcache/v3"
)

// ofTTLCache is github.com/jellydator/ttlcache/v3. A read does not lengthen a TTL, as in the other caches.
type ofTTLCache[K comparable, V any] struct {
	cache *ttlcache.Cache[K, V]
	ended chan struct{} // closed when the goroutine of a cache with a TTL has ended; nil without one
}

func newTTLCache[K comparable, V any](capacity int, ttl time.Duration) (Cache[K, V], error) {
	if ttl == 0 {
		return ofTTLCache[K, V]{cache: ttlcache.New(ttlcache.WithCapacity[K, V](uint64(capacity)))}, nil
	}
	cache := ttlcache.New(
		ttlcache.WithCapacity[K, V](uint64(capacity)), ttlcache.WithTTL[K, V](ttl), ttlcache.WithDisableTouchOnHit[K, V](),
	)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		cache.Start()
	}()
	return ofTTLCache[K, V]{cache, ended}, nil
}

func (t ofTTLCache[K, V]) Get(key K) (V, bool) {
	item := t.cache.Get(key)
	if item == nil {
		var none V
		return none, false
	}
	return item.Value(), true
}

func (t ofTTLCache[K, V]) Set(key K, value V) { t.cache.Set(key, value, ttlcache.DefaultTTL) }

func (ofTTLCache[K, V]) Settle() {}

func (t ofTTLCache[K, V]) Close() error {
	for t.ended != nil {
		t.cache.Stop() // without effect if the goroutine has not begun
		select {
		case <-t.ended:
			return nil
		case <-time.After(time.Millisecond):
		}
	}
	return nil
}
