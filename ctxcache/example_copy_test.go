package ctxcache_test

import (
	"context"
	"fmt"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// A new process warms up its cache from the one that all processes share.
func ExampleCopy() {
	ctx := context.Background()
	shared, near := newUsers(ctx), memory.New[string, string](nil)

	copied, err := ctxcache.Copy(ctx, near, shared, &ctxcache.CopyOptions{
		PerSecond: 5_000,       // so that others do not notice
		CopyTTL:   time.Minute, // changes in shared do not reach near
		Progress:  func(so ctxcache.CopyCounts) { fmt.Println("so far:", so.Copied) },
	})
	fmt.Printf("%+v %v\n", copied, err)
	fmt.Println(near.Get(ctx, "ada"))
	// Output:
	// so far: 2
	// {Copied:2 Present:0 Skipped:0 Failed:0} <nil>
	// Ada Lovelace <nil>
}

func ExampleCopyIn() {
	ctx := context.Background()
	old, moved := newUsers(ctx), memory.New[string, string](nil)

	copied, err := ctxcache.CopyIn(ctx, moved, old, ctxcache.Scope[string]{Prefix: "a"}, nil)
	fmt.Printf("%+v %v\n", copied, err)
	// Output: {Copied:1 Present:0 Skipped:0 Failed:0} <nil>
}
