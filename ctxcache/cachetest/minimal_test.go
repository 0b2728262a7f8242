package cachetest_test

import (
	"context"
	"sync"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// minimal is a cache with three methods.
type minimal struct {
	mu    sync.Mutex
	items map[string]item
}

func newMinimal() *minimal { return &minimal{items: make(map[string]item)} }

func (m *minimal) Get(ctx context.Context, key string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	stored, there := m.items[key]
	if !there || stored.over() {
		return nil, ctxcache.ErrMiss
	}
	return stored.Value, nil
}

func (m *minimal) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctxcache.CheckTTL(ttl); err != nil {
		return err
	}
	m.items[key] = newItem(ctxcache.NewEntry(value, ttl))
	return nil
}

func (m *minimal) Delete(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.items, key)
	return nil
}
