package footprint_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ctxcache/cached/internal/footprint"
)

func random() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func doesNotAllocate[T any](t *testing.T, name string, value T) {
	t.Helper()
	estimate := footprint.Of[T]()
	estimate(value)
	least := math.Inf(1)
	for range 100 { // the race detector, and the garbage collector, take away what is pooled
		least = min(least, testing.AllocsPerRun(1, func() { estimate(value) }))
	}
	if least > 0 {
		t.Errorf("%s: %v allocations", name, least)
	}
}

func TestEstimatesDoNotAllocate(t *testing.T) {
	r := random()
	doesNotAllocate(t, "string", "value")
	doesNotAllocate(t, "bytes", []byte("value"))
	doesNotAllocate(t, "int", 1)
	doesNotAllocate(t, "struct", *newAddress(r))
	doesNotAllocate(t, "pointer", newAddress(r))
	doesNotAllocate(t, "nested pointers", newUser(r))
	doesNotAllocate(t, "slice", []string{"a", "b"})
	doesNotAllocate(t, "array", [100]string{})
	doesNotAllocate(t, "pointers", []*address{newAddress(r), newAddress(r)})
	doesNotAllocate(t, "map", map[string]string{"a": "b"})
	doesNotAllocate(t, "interface", any(map[string]any{"a": "b", "c": 1.5}))
}

func benchmark[T any](b *testing.B, name string, value T) {
	b.Run(name, func(b *testing.B) {
		estimate := footprint.Of[T]()
		b.ReportAllocs()
		for b.Loop() {
			estimate(value)
		}
	})
}

func BenchmarkEstimate(b *testing.B) {
	r := random()
	benchmark(b, "int", 1)
	benchmark(b, "string", "value")
	benchmark(b, "bytes", []byte("value"))
	benchmark(b, "struct of strings", *newAddress(r))
	benchmark(b, "pointer to struct", newAddress(r))
	benchmark(b, "user", newUser(r))
	benchmark(b, "10 strings", make([]string, 10))
	benchmark(b, "1000 strings", make([]string, 1000))
	benchmark(b, "100000 strings", make([]string, 100_000))
	benchmark(b, "map of 100 strings", mapOf(r, 100, 100, func(i int) string { return string(rune(i)) }, func(int) string { return "value" }))
	benchmark(b, "map of 100000 integers", mapOf(r, 100_000, 100_000, number, number))
	pointers := make([]*address, 1000)
	for i := range pointers {
		pointers[i] = newAddress(r)
	}
	benchmark(b, "1000 pointers", pointers)
	benchmark(b, "decoded JSON", any(map[string]any{"name": "x", "age": 42.0, "tags": []any{"a", "b", "c"}, "home": map[string]any{"city": "y"}}))
}
