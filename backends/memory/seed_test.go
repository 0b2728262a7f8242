package memory_test

import (
	"slices"
	"testing"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// Two caches with the same keys list them in other orders, because each has a seed of its own. So nobody who has seen one cache
// knows which keys meet in another one.
func TestCachesHashDifferently(t *testing.T) {
	listed := func() (keys []int) {
		c := memory.New(&memory.Options[int, int]{MaxEntries: memory.Unbounded, Shards: 64})
		for key := range 1000 {
			mustSet(t, c, key, 0, 0)
		}
		for key, err := range ctxcache.Keys(t.Context(), c) {
			if err != nil {
				t.Fatal(err)
			}
			keys = append(keys, key)
		}
		return keys
	}
	if first, second := listed(), listed(); len(first) != 1000 || slices.Equal(first, second) {
		t.Errorf("two caches list %d keys in the same order", len(first))
	}
}
