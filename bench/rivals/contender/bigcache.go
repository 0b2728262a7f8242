package contender

import (
	"context"
	"errors"
	"time"

	"github.com/allegro/bigcache/v3"
)

// ofBigcache is github.com/allegro/bigcache/v3. It is bounded by megabytes, evicts the oldest entry, and copies values.
type ofBigcache struct {
	failure
	cache *bigcache.BigCache
}

// bigcacheEntry is how many bytes an entry of the workloads needs: a header, the key and the value.
const bigcacheEntry = 20 + KeySize + ValueSize

func newBigcache(capacity int, ttl time.Duration) (Cache[string, []byte], error) {
	if ttl <= 0 {
		return nil, ErrLives
	}
	config := bigcache.DefaultConfig(ttl)
	config.Verbose = false
	config.StatsEnabled = false
	config.Shards = 256
	config.MaxEntriesInWindow = capacity
	config.MaxEntrySize = bigcacheEntry
	config.HardMaxCacheSize = (capacity*bigcacheEntry + 1<<20 - 1) >> 20
	cache, err := bigcache.New(context.Background(), config) // Close ends it, not a context
	return &ofBigcache{cache: cache}, err
}

func (b *ofBigcache) Get(key string) ([]byte, bool) {
	value, err := b.cache.Get(key)
	if err != nil && !errors.Is(err, bigcache.ErrEntryNotFound) {
		b.note(err)
	}
	return value, err == nil
}

func (b *ofBigcache) Set(key string, value []byte) {
	if err := b.cache.Set(key, value); err != nil {
		b.note(err)
	}
}

func (*ofBigcache) Settle() {}

func (b *ofBigcache) Close() error {
	if err := b.cache.Close(); err != nil {
		b.note(err)
	}
	return b.err()
}
