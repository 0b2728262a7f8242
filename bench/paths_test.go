package bench_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// batchSize is how many keys a call for many keys has.
const batchSize = 100

// pathKeys are the keys of the benchmarks of loads. So many are loaded before the cache is replaced by an empty one.
var pathKeys = func() []string {
	keys := make([]string, 100*batchSize)
	for i := range keys {
		keys[i] = "user:" + strconv.Itoa(i)
	}
	return keys
}()

func loadMany(_ context.Context, keys []string) (map[string]string, error) {
	values := make(map[string]string, len(keys))
	for _, key := range keys {
		values[key] = "value"
	}
	return values, nil
}

// newPathMemory returns an empty cache that never evicts one of pathKeys.
func newPathMemory() *memory.Cache[string, string] {
	return memory.New(&memory.Options[string, string]{MaxEntries: 2 * len(pathKeys)})
}

// loadPaths are the ways to load a key that is absent. The first ones are the parts of the bare cache that every load needs.
var loadPaths = []struct {
	name  string
	build func() getter
}{
	{"memory-set", func() getter { return setter{newPathMemory()} }},
	{"memory-lease", func() getter { return leaser{newPathMemory()} }},
	{"func", func() getter { return cached.Func(newPathMemory(), load, &cached.Options{TTL: time.Hour}) }},
	{"bulk", func() getter { return cached.Bulk(newPathMemory(), loadMany, &cached.Options{TTL: time.Hour}) }},
}

// setter loads without a lease: it misses, and sets.
type setter struct{ *memory.Cache[string, string] }

func (s setter) Get(ctx context.Context, key string) (string, error) {
	value, err := s.Cache.Get(ctx, key)
	if err != ctxcache.ErrMiss {
		return value, err
	}
	if value, err = load(ctx, key); err != nil {
		return "", err
	}
	return value, s.Set(ctx, key, value, time.Hour)
}

// leaser loads by a lease: it misses, takes the lease, and fills.
type leaser struct{ *memory.Cache[string, string] }

func (l leaser) Get(ctx context.Context, key string) (string, error) {
	value, err := l.Cache.Get(ctx, key)
	if err != ctxcache.ErrMiss {
		return value, err
	}
	_, lease, err := l.GetLease(ctx, key, 0)
	if err != ctxcache.ErrMiss {
		return "", err
	}
	if value, err = load(ctx, key); err != nil {
		return "", err
	}
	return value, l.Fill(ctx, key, lease, ctxcache.NewEntry(value, time.Hour))
}

// BenchmarkLoad measures a call that loads its key, and a load by hand over the bare cache.
func BenchmarkLoad(b *testing.B) {
	for _, path := range loadPaths {
		b.Run("path="+path.name, func(b *testing.B) {
			benchmarkLoads(b, path.build, 1, func(ctx context.Context, stack getter, keys []string) {
				if _, err := stack.Get(ctx, keys[0]); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}

// benchmarkLoads measures calls that load so many of pathKeys each. When all are loaded, it builds an empty stack.
func benchmarkLoads[S any](b *testing.B, build func() S, each int, call func(ctx context.Context, stack S, keys []string)) {
	b.Helper()
	ctx, cancel := context.WithCancel(deep(10)) // a context that can end, as a request's
	defer cancel()
	b.ReportAllocs()
	stack, next := build(), 0
	for b.Loop() {
		if next == len(pathKeys) {
			b.StopTimer()
			stack, next = build(), 0
			b.StartTimer()
		}
		call(ctx, stack, pathKeys[next:next+each])
		next += each
	}
}

// manyGetter is a function that gets many keys in a call.
type manyGetter interface {
	GetMany(ctx context.Context, keys []string) (map[string]string, error)
}

// manyPaths are the ways to get many keys.
var manyPaths = []struct {
	name  string
	build func() manyGetter
}{
	{"memory-loop", func() manyGetter { return oneByOne{setter{newPathMemory()}} }},
	{"func", func() manyGetter { return cached.Func(newPathMemory(), load, &cached.Options{TTL: time.Hour}) }},
	{"bulk", func() manyGetter { return cached.Bulk(newPathMemory(), loadMany, &cached.Options{TTL: time.Hour}) }},
}

// oneByOne gets many keys one after the other.
type oneByOne struct{ getter }

func (o oneByOne) GetMany(ctx context.Context, keys []string) (map[string]string, error) {
	values := make(map[string]string, len(keys))
	for _, key := range keys {
		value, err := o.Get(ctx, key)
		if err != nil {
			return nil, err
		}
		values[key] = value
	}
	return values, nil
}

// BenchmarkGetManyHit measures a call for 100 keys that the cache has.
func BenchmarkGetManyHit(b *testing.B) {
	for _, path := range manyPaths {
		b.Run("path="+path.name, func(b *testing.B) {
			stack, ctx, keys := path.build(), deep(10), pathKeys[:batchSize]
			b.ReportAllocs()
			for b.Loop() {
				getBatch(ctx, b, stack, keys)
			}
		})
	}
}

// BenchmarkGetManyLoad measures a call that loads its 100 keys.
func BenchmarkGetManyLoad(b *testing.B) {
	for _, path := range manyPaths {
		b.Run("path="+path.name, func(b *testing.B) {
			benchmarkLoads(b, path.build, batchSize, func(ctx context.Context, stack manyGetter, keys []string) {
				getBatch(ctx, b, stack, keys)
			})
		})
	}
}

func getBatch(ctx context.Context, tb testing.TB, stack manyGetter, keys []string) {
	tb.Helper()
	if values, err := stack.GetMany(ctx, keys); len(values) != len(keys) || err != nil {
		tb.Fatalf("got %d values, %v", len(values), err)
	}
}

// TestPathAllocations limits the allocations of calls whose number of allocations does not depend on chance. A load by hand
// makes 4. A load through a function also has a goroutine, a context, time limits, and what its callers wait for.
func TestPathAllocations(t *testing.T) {
	ctx, keys := context.Background(), pathKeys
	f := cached.Func(newPathMemory(), load, &cached.Options{TTL: time.Hour})
	limitAllocs(t, "a load", 19, func() {
		if _, err := f.Get(ctx, keys[0]); err != nil {
			t.Fatal(err)
		}
		keys = keys[1:]
	})
	limitAllocs(t, "a call for 100 keys that the cache has", 10, func() { getBatch(ctx, t, f, pathKeys[:batchSize]) })
}

func limitAllocs(t *testing.T, what string, limit float64, call func()) {
	t.Helper()
	if allocs := testing.AllocsPerRun(1000, call); allocs > limit {
		t.Errorf("%s makes %v allocations, want at most %v", what, allocs, limit)
	}
}
