package guarded_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers/guarded"
	"github.com/ctxcache/cached/layers/twolevel"
)

func ExampleNew() {
	ctx := context.Background()
	far, faults := cachetest.Failing[string, string](memory.New[string, string](nil)) // stands for a store on a server
	users := guarded.New(far, &guarded.Options{
		MinCalls: 3,
		OpenFor:  time.Minute, // after it, one read is let through, and if that is answered, the circuit closes
		OnState: func(_ context.Context, from, to guarded.State) {
			fmt.Println("the circuit was", from, "and is", to)
		},
	})

	faults.Fail(errors.New("connection refused"), cachetest.On(ctxcache.OpGet))
	for range 3 {
		_, err := users.Get(ctx, "ada")
		fmt.Println(err)
	}
	fmt.Println(users.Set(ctx, "ada", "Ada Lovelace", time.Minute)) // far is not asked
	fmt.Println(errors.Is(users.Delete(ctx, "ada"), ctxcache.ErrUnavailable))

	stats, err := ctxcache.GetStats(ctx, users)
	fmt.Println(stats.Open, "open,", stats.Refused, "refused", err)
	// Output:
	// failing get: connection refused
	// failing get: connection refused
	// the circuit was closed and is open
	// failing get: connection refused
	// guarded set: not asked, because earlier calls failed
	// true
	// 1 open, 2 refused <nil>
}

// A bulkhead bounds how many calls run at a time.
func ExampleNew_bulkhead() {
	ctx := context.Background()
	far, stalls := cachetest.Stalling[string, string](memory.New[string, string](nil)) // stands for a server that is slow
	users := guarded.New(far, &guarded.Options{MaxConcurrent: 1})

	slow := stalls.Stall(cachetest.On(ctxcache.OpGet))
	done := make(chan error)
	go func() {
		_, err := users.Get(ctx, "ada")
		done <- err
	}()
	<-slow.Arrived() // the only place is taken

	_, err := users.Get(ctx, "bob")
	fmt.Println(err, errors.Is(err, ctxcache.ErrOverloaded))
	slow.Release()
	fmt.Println(<-done)
	// Output:
	// guarded get: not asked, because too many calls run true
	// cache miss
}

// Far is guarded, and two levels with Resilient hide its failures and what is refused: callers get what near has, or a
// miss.
func ExampleNew_twoLevels() {
	ctx := context.Background()
	far, faults := cachetest.Failing[string, string](memory.New[string, string](nil)) // stands for a store on a server
	near := memory.New[string, string](nil)

	users := twolevel.New(near, guarded.New(far, nil), &twolevel.Options{Resilient: true})
	fmt.Println(users.Set(ctx, "ada", "Ada Lovelace", time.Minute))

	faults.Fail(errors.New("connection refused"), cachetest.On())
	for range 100 {
		if _, err := users.Get(ctx, "bob"); err != ctxcache.ErrMiss {
			fmt.Println(err)
		}
	}
	fmt.Println("far was asked at most 20 times:", faults.Injected() <= 20)
	fmt.Println(users.Get(ctx, "ada"))
	fmt.Println(users.Close())
	// Output:
	// <nil>
	// far was asked at most 20 times: true
	// Ada Lovelace <nil>
	// <nil>
}
