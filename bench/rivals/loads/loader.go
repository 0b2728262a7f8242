package loads

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/bench/rivals/contender"
)

// loader is one of the libraries, with a function whose results it caches.
type loader struct {
	get     func(ctx context.Context, key string) ([]byte, error)
	getMany func(ctx context.Context, keys []string) (map[string][]byte, error) // nil if the library has none
	close   func() error
}

// ttl is the TTL of all results.
const ttl = time.Hour

// source is the function whose results are cached. It returns at once.
type source struct {
	value []byte
	loads atomic.Int64 // of keys

	// wait is called by every load. It may be nil.
	wait func()
}

func (s *source) load(context.Context, string) ([]byte, error) {
	s.loads.Add(1)
	if s.wait != nil {
		s.wait()
	}
	return s.value, nil
}

func (s *source) loadMany(_ context.Context, keys []string) (map[string][]byte, error) {
	s.loads.Add(int64(len(keys)))
	values := make(map[string][]byte, len(keys))
	for _, key := range keys {
		values[key] = s.value
	}
	return values, nil
}

// library makes loaders of one library.
type library struct {
	name string

	// near makes a loader with so many entries in memory.
	near func(capacity int, s *source) (loader, error)

	// levels makes one that also uses a server. It is nil if the library does not offer that.
	levels func(capacity int, s *source, far *server) (loader, error)

	// many means that loaders have getMany.
	many bool
}

func libraries() []library {
	return []library{
		{contender.Ours, newFunc, newFuncOverLevels, true},
		{contender.Otter, newOtter, nil, true},
		{"theine", newTheine, nil, false},
		{"sturdyc", newSturdyc, newSturdycOverLevels, true},
		{"ttlcache", newTTLCache, nil, false},
		{"go-redis/cache", newRedisCache, newRedisCacheOverLevels, false},
	}
}

// Names returns the names of the libraries: of all, or of those that offer two levels.
func Names(levels bool) []string {
	var names []string
	for _, lib := range libraries() {
		if !levels || lib.levels != nil {
			names = append(names, lib.name)
		}
	}
	return names
}

func nothing() error { return nil }
