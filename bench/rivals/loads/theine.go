package loads

import (
	"context"

	"github.com/Yiling-J/theine-go"
)

func newTheine(capacity int, s *source) (loader, error) {
	cache, err := theine.NewBuilder[string, []byte](int64(capacity)).BuildWithLoader(
		func(ctx context.Context, key string) (theine.Loaded[[]byte], error) {
			value, err := s.load(ctx, key)
			return theine.Loaded[[]byte]{Value: value, Cost: 1, TTL: ttl}, err
		})
	if err != nil {
		return loader{}, err
	}
	return loader{get: cache.Get, close: func() error {
		cache.Close()
		return nil
	}}, nil
}
