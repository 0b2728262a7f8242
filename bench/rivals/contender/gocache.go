package contender

import (
	"time"

	"github.com/patrickmn/go-cache"
)

// ofGoCache is github.com/patrickmn/go-cache. It does not evict. Its values have type any, so a slice is copied to the
// heap.
type ofGoCache struct {
	passive
	cache *cache.Cache
}

func newGoCache(_ int, ttl time.Duration) (Cache[string, []byte], error) {
	if ttl == 0 {
		ttl = cache.NoExpiration
	}
	return ofGoCache{cache: cache.New(ttl, 0)}, nil // 0: no goroutine
}

func (g ofGoCache) Get(key string) ([]byte, bool) {
	value, ok := g.cache.Get(key)
	if !ok {
		return nil, false
	}
	return value.([]byte), true
}

func (g ofGoCache) Set(key string, value []byte) { g.cache.SetDefault(key, value) }
