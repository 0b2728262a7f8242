package contender

import (
	"time"

	"github.com/hashicorp/golang-lru/arc/v2"
	lru "github.com/hashicorp/golang-lru/v2"
)

// adder is what the caches of github.com/hashicorp/golang-lru/v2 without TTLs have in common.
type adder[K comparable, V any] interface {
	Get(key K) (V, bool)
	Add(key K, value V)
}

// ofGolangLRU is any of them.
type ofGolangLRU[K comparable, V any] struct {
	passive
	adder[K, V]
}

func (l ofGolangLRU[K, V]) Set(key K, value V) { l.Add(key, value) }

// exactLRU drops the result of Add, so that LRU is an adder, too.
type exactLRU[K comparable, V any] struct{ *lru.Cache[K, V] }

func (l exactLRU[K, V]) Add(key K, value V) { l.Cache.Add(key, value) }

func newLRU[K comparable, V any](capacity int, ttl time.Duration) (Cache[K, V], error) {
	if ttl != 0 {
		return nil, ErrLives
	}
	cache, err := lru.New[K, V](capacity)
	return ofGolangLRU[K, V]{adder: exactLRU[K, V]{cache}}, err
}

func new2Q[K comparable, V any](capacity int, ttl time.Duration) (Cache[K, V], error) {
	if ttl != 0 {
		return nil, ErrLives
	}
	cache, err := lru.New2Q[K, V](capacity)
	return ofGolangLRU[K, V]{adder: cache}, err
}

func newARC[K comparable, V any](capacity int, ttl time.Duration) (Cache[K, V], error) {
	if ttl != 0 {
		return nil, ErrLives
	}
	cache, err := arc.NewARC[K, V](capacity)
	return ofGolangLRU[K, V]{adder: cache}, err
}
