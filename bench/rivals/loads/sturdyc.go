package loads

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
	"github.com/viccon/sturdyc"
)

// sturdycShards leaves each shard enough entries, as does the adapter for reads and writes.
func sturdycShards(capacity int) int { return max(1, min(64, capacity/100)) }

func newSturdyc(capacity int, s *source) (loader, error) {
	return ofSturdyc(capacity, s, nothing), nil
}

func newSturdycOverLevels(capacity int, s *source, far *server) (loader, error) {
	storage := &sturdycStorage{client: far.client}
	return ofSturdyc(capacity, s, storage.failed, sturdyc.WithDistributedStorage(storage)), nil
}

func ofSturdyc(capacity int, s *source, end func() error, options ...sturdyc.Option) loader {
	options = append(options, sturdyc.WithNoContinuousEvictions()) // its goroutine would never end
	cache := sturdyc.New[[]byte](capacity, sturdycShards(capacity), ttl, 10, options...)
	same := func(id string) string { return id }
	return loader{
		get: func(ctx context.Context, key string) ([]byte, error) {
			return cache.GetOrFetch(ctx, key, func(ctx context.Context) ([]byte, error) { return s.load(ctx, key) })
		},
		getMany: func(ctx context.Context, keys []string) (map[string][]byte, error) {
			return cache.GetOrFetchBatch(ctx, keys, same, s.loadMany)
		},
		close: end,
	}
}

// sturdycStorage lets sturdyc use a server. Its methods cannot return errors, so it keeps the first one.
type sturdycStorage struct {
	client *redis.Client
	first  atomic.Pointer[error]
}

func (s *sturdycStorage) note(err error) {
	if err != nil {
		s.first.CompareAndSwap(nil, &err)
	}
}

func (s *sturdycStorage) failed() error {
	if first := s.first.Load(); first != nil {
		return *first
	}
	return nil
}

// Get returns the record of key, if there is one.
func (s *sturdycStorage) Get(ctx context.Context, key string) ([]byte, bool) {
	record, err := s.client.Get(ctx, key).Bytes()
	if !errors.Is(err, redis.Nil) {
		s.note(err)
	}
	return record, err == nil
}

// Set stores a record.
func (s *sturdycStorage) Set(ctx context.Context, key string, record []byte) {
	s.note(s.client.Set(ctx, key, record, ttl).Err())
}

// GetBatch returns the records that there are.
func (s *sturdycStorage) GetBatch(ctx context.Context, keys []string) map[string][]byte {
	values, err := s.client.MGet(ctx, keys...).Result()
	s.note(err)
	records := make(map[string][]byte, len(keys))
	for i, value := range values {
		if text, ok := value.(string); ok {
			records[keys[i]] = []byte(text)
		}
	}
	return records
}

// SetBatch stores records in one round trip.
func (s *sturdycStorage) SetBatch(ctx context.Context, records map[string][]byte) {
	_, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for key, record := range records {
			pipe.Set(ctx, key, record, ttl)
		}
		return nil
	})
	s.note(err)
}
