package contender

import (
	"context"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// inMemory is this library's cache in memory, by its public API. Calls have a context that can end, as a request's.
type inMemory[K comparable, V any] struct {
	failure
	cache  *memory.Cache[K, V]
	ctx    context.Context
	cancel context.CancelFunc
}

func newMemory[K comparable, V any](capacity int, ttl time.Duration) (Cache[K, V], error) {
	opts := &memory.Options[K, V]{MaxEntries: capacity, TTL: ttl}
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	// The cache outlives the call that makes it, and no caller has a context.
	ctx, cancel := context.WithCancel(context.Background())
	return &inMemory[K, V]{cache: memory.New(opts), ctx: ctx, cancel: cancel}, nil
}

func (m *inMemory[K, V]) Get(key K) (V, bool) {
	value, err := m.cache.Get(m.ctx, key)
	if err != nil && err != ctxcache.ErrMiss {
		m.note(err)
	}
	return value, err == nil
}

func (m *inMemory[K, V]) Set(key K, value V) {
	if err := m.cache.Set(m.ctx, key, value, 0); err != nil {
		m.note(err)
	}
}

func (*inMemory[K, V]) Settle() {}

func (m *inMemory[K, V]) Close() error {
	m.cancel()
	if err := m.cache.Close(); err != nil {
		m.note(err)
	}
	return m.err()
}
