package loads

import (
	"context"

	"github.com/go-redis/cache/v9"
)

func newRedisCache(capacity int, s *source) (loader, error) {
	return ofRedisCache(&cache.Options{LocalCache: cache.NewTinyLFU(capacity, ttl)}, s), nil
}

func newRedisCacheOverLevels(capacity int, s *source, far *server) (loader, error) {
	return ofRedisCache(&cache.Options{Redis: far.client, LocalCache: cache.NewTinyLFU(capacity, ttl)}, s), nil
}

// ofRedisCache is github.com/go-redis/cache/v9, which stores values of type []byte as they are.
func ofRedisCache(options *cache.Options, s *source) loader {
	levels := cache.New(options)
	return loader{get: func(ctx context.Context, key string) ([]byte, error) {
		var value []byte
		err := levels.Once(&cache.Item{
			Ctx: ctx, Key: key, Value: &value, TTL: ttl,
			Do: func(*cache.Item) (any, error) { return s.load(ctx, key) },
		})
		return value, err
	}, close: nothing}
}
