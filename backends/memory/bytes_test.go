package memory_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

type account struct {
	Name, Mail string
	Tags       []string
	Limits     map[string]int
	Parent     *account
	Extra      any
}

func anAccount(n int) account {
	a := account{Name: strings.Repeat("n", 5+n%30), Mail: strings.Repeat("m", 20+n%50), Extra: []byte(strings.Repeat("x", n%300))}
	for i := range n % 5 {
		a.Tags = append(a.Tags, strings.Repeat("t", 3+i))
	}
	if n%4 == 0 {
		a.Limits = map[string]int{"requests": n, fmt.Sprint(n): 1}
	}
	if n%3 == 0 {
		a.Parent = &account{Name: fmt.Sprint("parent of ", n)}
	}
	return a
}

// The bytes of a cache that is full are close to what its entries take on the heap, whatever the keys and values look like.
func TestMaxBytesIsCloseToTheHeap(t *testing.T) {
	text := func(n int) string { return fmt.Sprintf("user:%08x", n) }
	number := func(n int) int { return n }
	t.Run("small strings", func(t *testing.T) { testHeap(t, text, text) })
	t.Run("numbers", func(t *testing.T) { testHeap(t, number, number) })
	t.Run("bytes of many sizes", func(t *testing.T) {
		testHeap(t, text, func(n int) []byte { return make([]byte, 10+rand.IntN(1<<(4+n%9))) })
	})
	t.Run("large bytes", func(t *testing.T) {
		testHeap(t, number, func(int) []byte { return make([]byte, 20_000+rand.IntN(50_000)) })
	})
	t.Run("structs", func(t *testing.T) { testHeap(t, number, anAccount) })
	t.Run("pointers", func(t *testing.T) { testHeap(t, text, func(n int) *account { a := anAccount(n); return &a }) })
	t.Run("maps", func(t *testing.T) {
		testHeap(t, number, func(n int) map[int]string {
			m := make(map[int]string)
			for i := range n % 40 {
				m[i] = strings.Repeat("v", i)
			}
			return m
		})
	})
	t.Run("large values without pointers", func(t *testing.T) {
		testHeap(t, number, func(int) [1000]byte { return [1000]byte{} })
		testHeap(t, number, func(int) [5000]byte { return [5000]byte{} })
	})
	t.Run("a mix", func(t *testing.T) {
		testHeap(t, text, func(n int) any {
			return []any{n, text(n), anAccount(n), make([]byte, n%2000), []string{text(n), text(n + 1)}, map[string]bool{text(n): true}}[n%6]
		})
	})
}

// An entry that a cached function stores has the time of its load, which takes more bytes. An entry that may be idle takes more, too.
func TestMaxBytesOfEntriesWithMore(t *testing.T) {
	text := func(n int) string { return fmt.Sprintf("user:%08x", n) }
	written := func(n int) ctxcache.Entry[string] {
		e := ctxcache.NewEntry(text(n), time.Hour)
		e.Written = time.Now()
		return e
	}
	t.Run("written", func(t *testing.T) { testHeapOf(t, &memory.Options[string, string]{MaxBytes: heapBound}, text, written) })
	t.Run("some written", func(t *testing.T) {
		opts := &memory.Options[int, int]{MaxBytes: heapBound}
		testHeapOf(t, opts, func(n int) int { return n }, func(n int) ctxcache.Entry[int] {
			e := ctxcache.NewEntry(n, time.Hour)
			if n%100 == 0 {
				e.Written = time.Now()
			}
			return e
		})
	})
	t.Run("for years", func(t *testing.T) {
		testHeapOf(t, &memory.Options[string, string]{MaxBytes: heapBound}, text, func(n int) ctxcache.Entry[string] {
			return ctxcache.NewEntry(text(n), years)
		})
	})
	t.Run("idle", func(t *testing.T) {
		testHeapOf(t, &memory.Options[string, string]{MaxBytes: heapBound, Idle: time.Hour}, text, func(n int) ctxcache.Entry[string] {
			return ctxcache.NewEntry(text(n), 0)
		})
	})
	t.Run("both", func(t *testing.T) {
		testHeapOf(t, &memory.Options[string, string]{MaxBytes: heapBound, Idle: time.Minute}, text, written)
	})
	t.Run("beside negative ones", func(t *testing.T) {
		testHeapOf(t, &memory.Options[string, string]{MaxBytes: heapBound}, text, func(n int) ctxcache.Entry[string] {
			if n%2 == 0 {
				return ctxcache.Entry[string]{Meta: ctxcache.Meta{TTL: time.Hour, Absent: true}}
			}
			return ctxcache.NewEntry(text(n), time.Hour)
		})
	})
}

// A smaller bound of bytes gives memory back, whatever an entry takes.
func TestResizeOfBytesGivesMemoryBack(t *testing.T) {
	before := heapAlloc()
	c := memory.New(&memory.Options[int, [1000]byte]{MaxBytes: heapBound})
	for key := range 2 * heapBound / 1000 {
		mustSet(t, c, key, [1000]byte{}, 0)
	}
	if err := c.Resize(t.Context(), memory.Bounds{Bytes: heapBound / 8}); err != nil {
		t.Fatal(err)
	}
	if heap := heapAlloc() - before; heap > heapBound/8*3/2 {
		t.Errorf("the cache has %d bytes, with a bound of %d", heap, heapBound/8)
	}
	mustBeSound(t, c)
}

// TestMaxBytesOfEveryExtra checks that entries which need an extra cost the same, whatever needs it.
func TestMaxBytesOfEveryExtra(t *testing.T) {
	costs := make(map[string]int64)
	for name, meta := range map[string]ctxcache.Meta{
		"endless":      {TTL: ctxcache.NoExpiry},
		"written":      {TTL: time.Hour, Written: time.Now()},
		"stale":        {TTL: time.Hour, StaleFor: time.Minute},
		"short copy":   {TTL: time.Hour, CopyTTL: time.Minute},
		"for years":    {TTL: years},
		"almost never": {TTL: ctxcache.NoExpiry - 1},
	} {
		c := memory.New(&memory.Options[string, int]{MaxBytes: heapBound})
		if err := c.SetEntry(t.Context(), "k", ctxcache.Entry[int]{Value: 1, Meta: meta}); err != nil {
			t.Fatal(err)
		}
		cost, err := c.Cost(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		costs[name] = cost
	}
	plain, more := costs["endless"], costs["written"]
	for name, cost := range costs {
		if name != "endless" && (cost != more || cost <= plain) {
			t.Errorf("%s: an entry costs %d; want %d as with written, which is more than %d", name, cost, more, plain)
		}
	}
}

// years is so long that a slot alone cannot keep it.
const years = 3 * 365 * 24 * time.Hour

const heapBound = 4 << 20

func testHeap[K comparable, V any](t *testing.T, key func(int) K, value func(int) V) {
	testHeapOf(t, &memory.Options[K, V]{MaxBytes: heapBound}, key, func(n int) ctxcache.Entry[V] { return ctxcache.NewEntry(value(n), 0) })
}

func testHeapOf[K comparable, V any](t *testing.T, opts *memory.Options[K, V], key func(int) K, entry func(int) ctxcache.Entry[V]) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	runtime.GC()
	before := heapAlloc()
	c := memory.New(opts)
	evicted := false
	for n := 0; !evicted || n%1000 != 0; n++ {
		if err := c.SetEntry(t.Context(), key(n), entry(n)); err != nil {
			t.Fatal(err)
		}
		if n%1000 == 0 {
			stats, err := c.Stats(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			evicted = stats.Evictions > 1000 || stats.Evictions > 0 && stats.Entries < 2000
			if n%20_000 == 0 {
				runtime.GC()
			}
		}
	}
	heap := float64(heapAlloc() - before)
	estimate, err := c.Cost(t.Context())
	if err != nil || estimate > heapBound {
		t.Errorf("the entries cost %d, %v; want at most %d", estimate, err, heapBound)
	}
	if off := float64(estimate)/heap - 1; math.Abs(off) > 0.1 {
		t.Errorf("the estimate is %d bytes, and the heap has %.0f: %+.1f %%", estimate, heap, 100*off)
	} else {
		t.Logf("%+.1f %%", 100*off)
	}
	mustBeSound(t, c)
}

func heapAlloc() uint64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// Negative entries have a price in bytes, too, and a place for an eighth of the bound.
func TestMaxBytesBoundsNegativeEntries(t *testing.T) {
	const bound = 1 << 20
	c := memory.New(&memory.Options[int, int]{MaxBytes: bound})
	for key := range 100_000 {
		if err := c.SetEntry(t.Context(), key, ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true}}); err != nil {
			t.Fatal(err)
		}
	}
	if cost, err := c.Cost(t.Context()); err != nil || cost > bound/8 || cost < bound/10 {
		t.Errorf("Cost = %d, %v; want about %d", cost, err, bound/8)
	}
	mustBeSound(t, c)
}

// Cost is used instead of the estimate.
func TestMaxBytesWithCost(t *testing.T) {
	c := memory.New(&memory.Options[int, int]{MaxBytes: 1000, Cost: func(_, value int) int64 { return int64(value) }})
	mustSet(t, c, 1, 600, 0)
	mustCost(t, c, 600)
	mustSet(t, c, 2, 401, 0)
	mustMiss(t, c, 1)
	if err := c.Set(t.Context(), 3, 1001, 0); !errors.Is(err, memory.ErrTooLarge) {
		t.Errorf("Set: %v, want ErrTooLarge", err)
	}
}

// A share of the memory is found out by New and by Resize.
func TestMemoryShare(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(1 << 30))
	c := memory.New(&memory.Options[int, int]{MemoryShare: 0.25})
	mustSet(t, c, 1, 1, 0)
	mustGet(t, c, 1, 1)
	if got := option(c, "max_bytes"); got != int64(1<<28) {
		t.Errorf("max_bytes is %v, want a quarter of 1 GiB", got)
	}
	debug.SetMemoryLimit(1 << 29)
	if err := c.Resize(t.Context(), memory.Bounds{MemoryShare: 0.5}); err != nil {
		t.Fatal(err)
	}
	if got := option(c, "max_bytes"); got != int64(1<<28) {
		t.Errorf("max_bytes is %v, want half of 512 MiB", got)
	}
	if err := c.Resize(t.Context(), memory.Bounds{Bytes: 32 << 20}); err != nil {
		t.Fatal(err)
	}
	if got := option(c, "max_bytes"); got != int64(32<<20) {
		t.Errorf("max_bytes is %v, want 32 MiB", got)
	}
	mustGet(t, c, 1, 1)
}

func option[K comparable, V any](c *memory.Cache[K, V], name string) any {
	for _, o := range c.Describe().Options {
		if o.Name == name {
			return o.Value
		}
	}
	return nil
}

func TestBoundsThatExcludeEachOther(t *testing.T) {
	cost := func(int, int) int64 { return 1 }
	for want, opts := range map[string]*memory.Options[int, int]{
		"MaxBytes is negative":            {MaxBytes: -1},
		"MaxBytes and MemoryShare":        {MaxBytes: 1, MemoryShare: 0.1},
		"MaxCost is set, and MaxBytes":    {MaxBytes: 1, MaxCost: 1, Cost: cost},
		"MaxCost is set, and MaxBytes or": {MemoryShare: 0.1, MaxCost: 1, Cost: cost},
		"MemoryShare is not between":      {MemoryShare: 1},
		"MemoryShare is not between 0":    {MemoryShare: -0.1},
		"MemoryShare is not between 0 an": {MemoryShare: math.NaN()},
	} {
		err := opts.Validate()
		if !errors.Is(err, ctxcache.ErrOptions) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want ErrOptions with %q", err, want)
		}
	}
}
