package main_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ctxcache/cached/internal/redistest"
)

const valueSize = 100

// TestFar compares reads from a server. By itself it only shows that all clients read the right values, fast enough for
// every test run. With CACHED_RIVALS=full, the rounds are long enough to be compared, and it prints the table.
func TestFar(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a server")
	}
	full := os.Getenv("CACHED_RIVALS") == "full"
	rounds, calls := 1, 64
	if full {
		rounds, calls = 7, 16_000
	}
	server := redistest.Start(t)
	keys := store(t, server, 1000, valueSize)
	all := readers(t, server)

	show := func(t *testing.T, table *table) {
		t.Helper()
		if full && !t.Failed() {
			fmt.Println(table)
		}
	}
	for _, goroutines := range []int{1, 8, 64, 256} {
		t.Run(fmt.Sprintf("goroutines=%d", goroutines), func(t *testing.T) {
			each := max(1, min(calls/4, calls/goroutines)) // one caller alone is slow
			show(t, compare(fmt.Sprintf("Get, %d goroutines", goroutines), all, rounds, func(r reader) float64 {
				return turn(t, goroutines, each, func(ctx context.Context, i int) error {
					size, err := r.get(ctx, keys[i%len(keys)])
					return right(size, valueSize, err)
				})
			}))
		})
	}
	t.Run("many", func(t *testing.T) {
		hundred := keys[:100]
		able := slices.DeleteFunc(slices.Clone(all), func(r reader) bool { return r.getMany == nil })
		show(t, compare("GetMany of 100 keys, 1 goroutine", able, rounds, func(r reader) float64 {
			return turn(t, 1, max(1, calls/16), func(ctx context.Context, _ int) error {
				found, err := r.getMany(ctx, hundred)
				return right(found, len(hundred), err)
			})
		}))
	})
	if full {
		fmt.Println("* reads from memory what it has read before, so it is not a far read")
	}
}

// right returns err, or an error if a client has not read what is there.
func right(got, want int, err error) error {
	if err == nil && got != want {
		err = fmt.Errorf("read %d, want %d", got, want)
	}
	return err
}

// turn makes calls on each of so many goroutines, and returns how many there were in a second. A call gets a number, so
// that callers at the same time read different keys. The context can end, as the context of a request.
func turn(t *testing.T, goroutines, calls int, call func(ctx context.Context, i int) error) float64 {
	t.Helper()
	began := time.Now()
	var all sync.WaitGroup
	for g := range goroutines {
		all.Go(func() {
			for i := range calls {
				if err := call(t.Context(), g*31+i); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return float64(goroutines*calls) / time.Since(began).Seconds()
}
