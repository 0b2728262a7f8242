package twolevel_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers/twolevel"
)

func ExampleNew() {
	ctx := context.Background()
	near := memory.New(&memory.Options[string, int]{MaxEntries: 1000})
	far := memory.New[string, int](nil) // in practice Redis or Memcached, behind layers.Encoded
	stock := twolevel.New(near, far, &twolevel.Options{NearTTL: time.Minute})
	defer stock.Close()

	_ = far.Set(ctx, "apples", 3, time.Hour)
	fmt.Println(stock.Get(ctx, "apples")) // from far
	fmt.Println(near.Get(ctx, "apples"))  // near has a copy now

	_ = stock.Delete(ctx, "apples")
	_, err := stock.Get(ctx, "apples")
	fmt.Println(err)
	// Output:
	// 3 <nil>
	// 3 <nil>
	// cache miss
}

// An outage of far is a miss for callers, and OnFarError gets the error.
func ExampleNew_resilient() {
	ctx := context.Background()
	far, faults := cachetest.Failing(ctxcache.Cache[string, int](memory.New[string, int](nil)))
	stock := twolevel.New(memory.New[string, int](nil), far, &twolevel.Options{
		Resilient:  true,
		OnFarError: func(_ context.Context, err error) { fmt.Println("reported:", err) },
	})
	defer stock.Close()

	faults.Fail(errors.New("connection refused"), cachetest.On())
	_, err := stock.Get(ctx, "apples")
	fmt.Println(err)
	// Output:
	// reported: failing get_entry: connection refused
	// cache miss
}

// Two stacks share a far cache. Each has a near cache of its own, which follows the writes of the other stack.
func ExampleNew_coherent() {
	ctx := context.Background()
	shared := memory.New[string, int](nil)
	open := func() *twolevel.Cache[string, int] {
		return twolevel.New(memory.New[string, int](nil), shared, &twolevel.Options{Coherent: true})
	}
	here, there := open(), open()
	defer func() {
		fmt.Println(here.Close(), there.Close())
	}()

	_ = here.Set(ctx, "stock", 3, 0)
	fmt.Println(there.Get(ctx, "stock")) // there now has a near copy

	_ = here.Set(ctx, "stock", 2, 0)
	for { // until the event has arrived
		if stock, _ := there.Get(ctx, "stock"); stock == 2 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	fmt.Println(there.Get(ctx, "stock"))
	// Output:
	// 3 <nil>
	// 2 <nil>
	// <nil> <nil>
}
