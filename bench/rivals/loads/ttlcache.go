package loads

import (
	"context"
	"fmt"

	"github.com/jellydator/ttlcache/v3"
)

// newTTLCache has a loader without a context, because the library does not pass one. The SuppressedLoader makes one load
// of those for the same key.
func newTTLCache(capacity int, s *source) (loader, error) {
	var failed error // s.load does not fail
	load := ttlcache.LoaderFunc[string, []byte](func(cache *ttlcache.Cache[string, []byte], key string) *ttlcache.Item[string, []byte] {
		value, err := s.load(context.Background(), key) // the library passes no context
		if err != nil {
			failed = err
			return nil
		}
		return cache.Set(key, value, ttlcache.DefaultTTL)
	})
	cache := ttlcache.New(
		ttlcache.WithCapacity[string, []byte](uint64(capacity)), ttlcache.WithTTL[string, []byte](ttl),
		ttlcache.WithDisableTouchOnHit[string, []byte](), ttlcache.WithLoader(ttlcache.NewSuppressedLoader(load, nil)),
	)
	return loader{get: func(_ context.Context, key string) ([]byte, error) {
		item := cache.Get(key)
		if item == nil {
			return nil, fmt.Errorf("%s has no value", key)
		}
		return item.Value(), nil
	}, close: func() error { return failed }}, nil
}
