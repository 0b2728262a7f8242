package layers_test

import (
	"context"
	"fmt"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// Two stacks share a far cache, and each has a near one that follows what the other writes.
func ExampleTwoLevel_coherent() {
	ctx := context.Background()
	shared := memory.New[string, int](nil)
	open := func() ctxcache.Cache[string, int] {
		return layers.TwoLevel(memory.New[string, int](nil), shared, &layers.TwoLevelOptions{Coherent: true})
	}
	here, there := open(), open()
	defer func() {
		fmt.Println(ctxcache.Close(here), ctxcache.Close(there))
	}()

	_ = here.Set(ctx, "stock", 3, 0)
	fmt.Println(there.Get(ctx, "stock")) // there has a near copy now

	_ = here.Set(ctx, "stock", 2, 0)
	for { // within moments
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
