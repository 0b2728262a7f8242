package bench_test

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/twolevel"
	"github.com/ctxcache/cached/tracing"
)

// getter is a cache or a cached function.
type getter interface {
	Get(ctx context.Context, key string) (string, error)
}

const key = "user:4711"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newMemory() ctxcache.Cache[string, string] { return newStore() }

func newStore() *memory.Cache[string, string] {
	return memory.New(&memory.Options[string, string]{MaxEntries: 10_000})
}

func load(context.Context, string) (string, error) { return "value", nil }

// aged are options for which a function reads whole entries.
var aged = cached.Options{TTL: time.Hour, RefreshAhead: 0.8, RefreshBeta: 1, StaleFor: time.Minute, StaleIfError: time.Hour}

// entryGetter is a cache whose Get reads the whole entry.
type entryGetter struct{ *memory.Cache[string, string] }

func (g entryGetter) Get(ctx context.Context, key string) (string, error) {
	e, err := g.GetEntry(ctx, key)
	return e.Value, err
}

// deep returns a context with so many values, as middleware makes one.
func deep(values int) context.Context {
	type layer int
	if values == 0 {
		return context.Background()
	}
	return context.WithValue(deep(values-1), layer(values), values)
}

// stacks are the stacks that are measured, by name, with the number of allocations that a hit may make.
var stacks = []struct {
	name   string
	allocs float64
	build  func() getter
}{
	{"memory", 0, func() getter { return newMemory() }},
	{"stats", 0, func() getter { return layers.Stats(newMemory(), "bench") }},
	{"twolevel", 0, func() getter { return twolevel.New(newMemory(), newMemory(), nil) }},
	{"prefixed", 1, func() getter { return layers.Prefixed(newMemory(), "bench:") }},
	{"traced", 0, func() getter { return tracing.Traced(newMemory(), "bench", nil) }},
	{"func", 0, func() getter { return cached.Func(newMemory(), load, &cached.Options{TTL: time.Hour}) }},
	{"memory-entry", 0, func() getter { return entryGetter{newStore()} }},
	{"func-stale", 0, func() getter { return cached.Func(newMemory(), load, &aged) }},
	{"func-over-twolevel", 0, func() getter {
		return cached.Func(twolevel.New(newMemory(), newMemory(), nil), load, nil)
	}},
}

// warm stores the value for the hits. It stores it through the stack, so that the first level has it.
func warm(tb testing.TB, stack getter) {
	ctx := context.Background()
	if cache, ok := stack.(ctxcache.Cache[string, string]); ok {
		if err := cache.Set(ctx, key, "value", time.Hour); err != nil {
			tb.Fatal(err)
		}
	}
	if value, err := stack.Get(ctx, key); value != "value" || err != nil {
		tb.Fatalf("got %q, %v", value, err)
	}
}

func BenchmarkHit(b *testing.B) {
	for _, s := range stacks {
		b.Run("stack="+s.name, func(b *testing.B) {
			stack := s.build()
			warm(b, stack)
			ctx := deep(10)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := stack.Get(ctx, key); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkHitParallel(b *testing.B) {
	for _, s := range stacks {
		b.Run("stack="+s.name, func(b *testing.B) {
			stack := s.build()
			warm(b, stack)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				ctx := context.Background()
				for pb.Next() {
					if _, err := stack.Get(ctx, key); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

// namedKey is a key type of a user's own.
type namedKey string

// BenchmarkCheckKey measures the check that every call of a cached function makes.
func BenchmarkCheckKey(b *testing.B) {
	b.Run("key=string", func(b *testing.B) { checkKey(b, key) })
	b.Run("key=named-string", func(b *testing.B) { checkKey(b, namedKey(key)) })
	b.Run("key=int64", func(b *testing.B) { checkKey(b, int64(4711)) })
	b.Run("key=float64", func(b *testing.B) { checkKey(b, 47.11) })
	b.Run("key=struct", func(b *testing.B) { checkKey(b, [2]namedKey{"a", "b"}) })
}

func checkKey[K comparable](b *testing.B, key K) {
	b.ReportAllocs()
	for b.Loop() {
		if err := ctxcache.CheckKey(key); err != nil {
			b.Fatal(err)
		}
	}
}

func TestHitAllocations(t *testing.T) {
	for _, s := range stacks {
		stack := s.build()
		warm(t, stack)
		ctx := context.Background()
		allocs := testing.AllocsPerRun(1000, func() {
			if _, err := stack.Get(ctx, key); err != nil {
				t.Fatal(err)
			}
		})
		if allocs > s.allocs {
			t.Errorf("a hit through %s makes %v allocations, want at most %v", s.name, allocs, s.allocs)
		}
	}
}
