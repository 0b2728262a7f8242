package contender

import (
	"hash/maphash"
	"sync"
	"time"

	"github.com/puzpuzpuz/xsync/v4"
)

// syncMap is sync.Map.
type syncMap[K comparable, V any] struct {
	passive
	entries *sync.Map
}

func newSyncMap[K comparable, V any](_ int, ttl time.Duration) (Cache[K, V], error) {
	if ttl != 0 {
		return nil, ErrLives
	}
	return syncMap[K, V]{entries: new(sync.Map)}, nil
}

func (m syncMap[K, V]) Get(key K) (V, bool) {
	value, ok := m.entries.Load(key)
	if !ok {
		var none V
		return none, false
	}
	return value.(V), true
}

func (m syncMap[K, V]) Set(key K, value V) { m.entries.Store(key, value) }

// ofXsync is the Map of github.com/puzpuzpuz/xsync/v4.
type ofXsync[K comparable, V any] struct {
	passive
	entries *xsync.Map[K, V]
}

func newXsync[K comparable, V any](_ int, ttl time.Duration) (Cache[K, V], error) {
	if ttl != 0 {
		return nil, ErrLives
	}
	return ofXsync[K, V]{entries: xsync.NewMap[K, V]()}, nil
}

func (m ofXsync[K, V]) Get(key K) (V, bool) { return m.entries.Load(key) }

func (m ofXsync[K, V]) Set(key K, value V) { m.entries.Store(key, value) }

// sharded is a map for each of 64 parts of the keys, with a lock. It has neither an order nor TTLs, so it is the limit for a
// cache with locks.
type sharded[K comparable, V any] struct {
	passive
	seed   maphash.Seed
	shards [64]struct {
		sync.RWMutex
		entries map[K]V
		_       [96]byte // two shards do not share a cache line
	}
}

func newSharded[K comparable, V any](_ int, ttl time.Duration) (Cache[K, V], error) {
	if ttl != 0 {
		return nil, ErrLives
	}
	m := &sharded[K, V]{seed: maphash.MakeSeed()}
	for i := range m.shards {
		m.shards[i].entries = make(map[K]V)
	}
	return m, nil
}

func (m *sharded[K, V]) Get(key K) (V, bool) {
	shard := &m.shards[maphash.Comparable(m.seed, key)%64]
	shard.RLock()
	value, ok := shard.entries[key]
	shard.RUnlock()
	return value, ok
}

func (m *sharded[K, V]) Set(key K, value V) {
	shard := &m.shards[maphash.Comparable(m.seed, key)%64]
	shard.Lock()
	shard.entries[key] = value
	shard.Unlock()
}
