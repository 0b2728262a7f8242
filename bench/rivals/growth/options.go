package growth

import (
	"context"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/bench/rivals/contender"
)

// Options say what is measured.
type Options struct {
	Rounds     int
	Ops        int   // operations of a turn, for each workload
	Sizes      []int // entries of caches
	Goroutines []int
	Values     []int // bytes of values
	Entries    int   // of the caches that Goroutines and Values are measured on
	Crowd      int   // entries of the caches whose calls take long
	Readers    int   // goroutines that read while such a call runs
}

// Sizes measures full caches of each size with one goroutine.
func Sizes(ctx context.Context, o *Options, done func(string)) ([]Curve, error) {
	settings := make([]setting, len(o.Sizes))
	for i, n := range o.Sizes {
		settings[i] = setting{x: n, options: bounded(n), entries: n, values: values(contender.ValueSize), goroutines: 1}
	}
	return curves(ctx, o, settings, done)
}

// Goroutines measures a full cache with each number of goroutines.
func Goroutines(ctx context.Context, o *Options, done func(string)) ([]Curve, error) {
	settings := make([]setting, len(o.Goroutines))
	for i, n := range o.Goroutines {
		settings[i] = setting{x: n, options: bounded(o.Entries), entries: o.Entries, values: values(contender.ValueSize), goroutines: n}
	}
	return curves(ctx, o, settings, done)
}

// Values measures full caches of values of each size with one goroutine: caches that are bounded by their number of entries,
// and caches of about as many entries that are bounded by MaxBytes.
func Values(ctx context.Context, o *Options, done func(string)) ([]Curve, error) {
	var settings []setting
	for _, size := range o.Values {
		of := values(size)
		settings = append(
			settings,
			setting{x: size, options: bounded(o.Entries), entries: o.Entries, values: of, goroutines: 1},
			setting{x: size, kind: ", MaxBytes", options: bytesFor(ctx, o.Entries, of), entries: o.Entries, values: of, goroutines: 1},
		)
	}
	return curves(ctx, o, settings, done)
}

func bounded(entries int) func() (*memory.Options[string, []byte], error) {
	return func() (*memory.Options[string, []byte], error) { return options(entries), nil }
}

// bytesFor returns the options of a cache that is bounded by the estimated bytes of so many entries. A cache with one entry
// says how many bytes it takes.
func bytesFor(ctx context.Context, entries int, values [][]byte) func() (*memory.Options[string, []byte], error) {
	return func() (*memory.Options[string, []byte], error) {
		opts := options(0)
		opts.MaxBytes = 1 << 40
		one, err := newSubject(ctx, opts, values)
		if err != nil {
			return nil, err
		}
		if err := one.fill(1); err != nil {
			return nil, err
		}
		each, err := one.cache.Cost(ctx)
		opts.MaxBytes = each * int64(entries)
		return opts, err
	}
}

// shared is how many bytes the values of a cache have at most. If all entries had values of their own, large values would
// measure the memory of the machine.
const shared = 64 << 20

// values returns values of so many bytes, 1024 of them if they fit. The entries of a cache share them.
func values(size int) [][]byte {
	all := make([][]byte, max(1, min(1024, shared/size)))
	for i := range all {
		all[i] = make([]byte, size)
	}
	return all
}
