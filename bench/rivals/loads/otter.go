package loads

import (
	"context"

	"github.com/maypok86/otter/v2"
)

func newOtter(capacity int, s *source) (loader, error) {
	cache, err := otter.New(&otter.Options[string, []byte]{
		MaximumSize: capacity, ExpiryCalculator: otter.ExpiryWriting[string, []byte](ttl),
	})
	if err != nil {
		return loader{}, err
	}
	one, many := otter.LoaderFunc[string, []byte](s.load), otter.BulkLoaderFunc[string, []byte](s.loadMany)
	return loader{
		get: func(ctx context.Context, key string) ([]byte, error) { return cache.Get(ctx, key, one) },
		getMany: func(ctx context.Context, keys []string) (map[string][]byte, error) {
			return cache.BulkGet(ctx, keys, many)
		},
		close: func() error {
			cache.StopAllGoroutines()
			return nil
		},
	}, nil
}
