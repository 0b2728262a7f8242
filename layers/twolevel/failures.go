package twolevel

import (
	"sync/atomic"

	"github.com/ctxcache/cached/internal/shards"
)

// failures counts the writes that far has missed. Keys share a few counters, so a count of a key may be of other keys,
// too: it only shows that no write of the key was missed since an earlier count.
type failures struct {
	all  atomic.Uint64 // of Clear, which may have been of any key
	some [failureCounters]atomic.Uint64
}

// failureCounters is large enough that loads of keys whose server works are rarely refused because another is down.
const failureCounters = 1024

// failuresOf returns the counter of key.
func failuresOf[K comparable](f *failures, key K) *atomic.Uint64 {
	return &f.some[shards.Of(key, failureCounters)]
}

// count returns how many writes far has missed so far that may have been of key.
func (m *missed[K]) count(key K) uint64 {
	if m == nil {
		return 0
	}
	return m.failures.all.Load() + failuresOf(&m.failures, key).Load()
}

// countEach is count for many keys.
func (m *missed[K]) countEach(keys []K) map[K]uint64 {
	if m == nil {
		return nil
	}
	counts := make(map[K]uint64, len(keys))
	for _, key := range keys {
		counts[key] = m.count(key)
	}
	return counts
}
