package races_test

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
	"github.com/redis/go-redis/v9"
)

// commands are the four commands of a server that every cache is made of.
type commands interface {
	get(ctx context.Context, key string) ([]byte, error) // nil if the key is absent
	set(ctx context.Context, key string, value []byte) error
	add(ctx context.Context, key string, value []byte) error // does nothing if the key is present
	del(ctx context.Context, key string) error
}

// left returns what f returns, or leaves it behind if ctx ends.
func left[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := f()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// redisCommands are commands of Redis.
type redisCommands struct{ c *redis.Client }

func (r redisCommands) get(ctx context.Context, key string) ([]byte, error) {
	value, err := left(ctx, func() ([]byte, error) { return r.c.Get(ctx, key).Bytes() })
	if err == redis.Nil {
		return nil, nil
	}
	return value, err
}

func (r redisCommands) set(ctx context.Context, key string, value []byte) error {
	_, err := left(ctx, func() (string, error) { return r.c.Set(ctx, key, value, redistest.Patience).Result() })
	return err
}

func (r redisCommands) add(ctx context.Context, key string, value []byte) error {
	absent := redis.SetArgs{Mode: "NX", TTL: redistest.Patience}
	_, err := left(ctx, func() (string, error) { return r.c.SetArgs(ctx, key, value, absent).Result() })
	if err == redis.Nil {
		return nil
	}
	return err
}

func (r redisCommands) del(ctx context.Context, key string) error {
	_, err := left(ctx, func() (int64, error) { return r.c.Del(ctx, key).Result() })
	return err
}

// memcachedCommands are commands of Memcached. They are tried so often.
type memcachedCommands struct {
	c     *memcache.Client
	tries int
}

// try calls f, and again if the connection broke.
func (m memcachedCommands) try(ctx context.Context, f func() (*memcache.Item, error)) (*memcache.Item, error) {
	return left(ctx, func() (*memcache.Item, error) {
		item, err := f()
		for range m.tries - 1 {
			if !errors.Is(err, io.EOF) {
				break
			}
			item, err = f()
		}
		return item, err
	})
}

func (m memcachedCommands) get(ctx context.Context, key string) ([]byte, error) {
	item, err := m.try(ctx, func() (*memcache.Item, error) { return m.c.Get(key) })
	if err == memcache.ErrCacheMiss {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return item.Value, nil
}

func (m memcachedCommands) set(ctx context.Context, key string, value []byte) error {
	_, err := m.try(ctx, func() (*memcache.Item, error) { return nil, m.c.Set(m.item(key, value)) })
	return err
}

func (m memcachedCommands) add(ctx context.Context, key string, value []byte) error {
	_, err := m.try(ctx, func() (*memcache.Item, error) { return nil, m.c.Add(m.item(key, value)) })
	if err == memcache.ErrNotStored {
		return nil
	}
	return err
}

func (m memcachedCommands) del(ctx context.Context, key string) error {
	_, err := m.try(ctx, func() (*memcache.Item, error) { return nil, m.c.Delete(key) })
	if err == memcache.ErrCacheMiss {
		return nil
	}
	return err
}

func (memcachedCommands) item(key string, value []byte) *memcache.Item {
	return &memcache.Item{Key: key, Value: value, Expiration: int32(memcachedtest.Patience / time.Second)}
}
