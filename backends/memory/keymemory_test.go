package memory_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// An entry that takes the place of another one takes its memory, too.
func TestWritesIntoAFullCacheDoNotAllocate(t *testing.T) {
	t.Run("string keys", func(t *testing.T) {
		type id string
		testFullCacheAllocs(t, func(n int) string { return fmt.Sprintf("user:%08x", n) })
		testFullCacheAllocs(t, func(n int) id { return id(fmt.Sprintf("user:%08x", n)) })
	})
	t.Run("int keys", func(t *testing.T) { testFullCacheAllocs(t, func(n int) int { return n }) })
	t.Run("struct keys", func(t *testing.T) { testFullCacheAllocs(t, func(n int) [2]int { return [2]int{n, n} }) })
}

func testFullCacheAllocs[K comparable](t *testing.T, key func(n int) K) {
	const size, writes = 1000, 2000
	keys := make([]K, 2*size+writes)
	for n := range keys {
		keys[n] = key(n)
	}
	one := func(K, int) int64 { return 1 }
	caches := map[string]memory.Options[K, int]{
		"a bound of costs":   {MaxCost: size, Cost: one},
		"two bounds":         {MaxEntries: size, MaxCost: 2 * size, Cost: one},
		"a bound of bytes":   {MaxBytes: 100 * size},
		"idle times":         {MaxEntries: size, Idle: time.Minute},
		"bytes, idle times":  {MaxBytes: 100 * size, Idle: time.Minute},
		"size curve":         {MaxEntries: size, SizeCurve: true},
		"a TTL for each key": {MaxEntries: size, TTLOf: func(K, int) time.Duration { return time.Minute }},
	}
	for _, policy := range everyPolicy() {
		caches[policy.String()] = memory.Options[K, int]{MaxEntries: size, Policy: policy}
	}
	for name, opts := range caches {
		opts.Shards = 1
		c := memory.New(&opts)
		for _, key := range keys[:2*size] {
			mustSet(t, c, key, 1, time.Hour)
		}
		ctx, next := t.Context(), 2*size-1
		mustHardlyAllocate(t, fmt.Sprintf("%T, %s: a write", keys[0], name), writes, func() error {
			next = (next + 1) % len(keys)
			return c.Set(ctx, keys[next], 2, time.Hour)
		})
	}
}

// mustHardlyAllocate checks that f allocates at most once in a hundred calls. What is made once for many entries is so rare.
func mustHardlyAllocate(t *testing.T, name string, calls int, f func() error) {
	t.Helper()
	var failed error
	allocs := testing.AllocsPerRun(1, func() {
		for range calls {
			if err := f(); err != nil {
				failed = err
			}
		}
	})
	if allocs > float64(calls)/100 || failed != nil {
		t.Errorf("%s: %v allocations in %d calls (error %v), want at most one in a hundred", name, allocs, calls, failed)
	}
}

// TestLongKeyThatLeavesGivesItsMemoryBack checks that the memory of a deleted key is kept for another key only if it is small.
func TestLongKeyThatLeavesGivesItsMemoryBack(t *testing.T) {
	const long = 64 << 20
	c := memory.New[string, int](nil)
	before := heapAlloc()
	func() {
		key := strings.Repeat("k", long)
		mustSet(t, c, key, 1, 0)
		if err := c.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}()
	if after := heapAlloc(); after > before+long/2 {
		t.Errorf("the heap has grown by %d bytes, though the key of %d bytes is deleted", after-before, long)
	}
	runtime.KeepAlive(c)
}

// Whoever got a key from the cache keeps it, although the cache uses the memory of its own copy again.
func TestKeysFromACacheStayAsTheyAre(t *testing.T) {
	const size = 16
	name := func(n int) string { return fmt.Sprintf("key %03d", n) }
	var lent []string // all keys that the cache has given away
	var evicted []string
	c := memory.New(&memory.Options[string, int]{MaxEntries: size, Policy: memory.FIFO, OnEvict: func(key string, _ int, _ memory.Cause) {
		evicted = append(evicted, key)
	}})
	changed := make(chan string, 10*size)
	watching, stop := context.WithCancel(t.Context())
	began, ended := make(chan struct{}), make(chan error)
	go func() {
		ended <- c.Watch(watching, func(e ctxcache.Event) {
			if e.Gap {
				close(began)
				return
			}
			changed <- e.Key.(string)
		})
	}()
	<-began
	for n := range size {
		mustSet(t, c, name(n), n, 0)
	}
	for key, err := range c.Keys(t.Context(), ctxcache.Scope[string]{Match: func(key string) bool {
		lent = append(lent, key)
		return true
	}}) {
		if err != nil {
			t.Fatal(err)
		}
		lent = append(lent, key)
	}
	for item, err := range c.All(t.Context(), ctxcache.Scope[string]{}) {
		if err != nil {
			t.Fatal(err)
		}
		lent = append(lent, item.Key)
	}
	first, _, err := c.Evict(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for n := range 2 * size { // nothing that was there before stays
		mustSet(t, c, name(100+n), n, 0)
	}
	for range size + 1 + 3*size {
		lent = append(lent, <-changed)
	}
	stop()
	if err := <-ended; err != context.Canceled {
		t.Errorf("Watch: %v", err)
	}
	lent = append(append(lent, first), evicted...)

	counts := make(map[string]int)
	for _, key := range lent {
		counts[key]++
	}
	for n := range size { // Match, Keys and All, the change when it came and when it left, and OnEvict
		if want := 6 + map[bool]int{true: 1}[name(n) == first]; counts[name(n)] != want {
			t.Errorf("%q was lent %d times, want %d", name(n), counts[name(n)], want)
		}
	}
	if slices.Contains(lent, "") {
		t.Error("a key has become empty")
	}
}
