package cachetest_test

import (
	"context"
	"sync"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// minimal is a cache of three methods.
type minimal struct {
	mu    sync.Mutex
	items map[string]item
}

func newMinimal() *minimal { return &minimal{items: make(map[string]item)} }

func (m *minimal) Get(ctx context.Context, key string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	stored, there := m.items[key]
	if !there || stored.over() {
		return nil, ctxcache.ErrMiss
	}
	return stored.Value, nil
}

func (m *minimal) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := ctxcache.CheckTTL(ttl); err != nil {
		return err
	}
	m.items[key] = newItem(entry{Value: value, TTL: ttl})
	return nil
}

func (m *minimal) Delete(ctx context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	delete(m.items, key)
	return nil
}
