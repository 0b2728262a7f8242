package ctxcache_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// upper is a layer that stores values in upper case.
type upper struct {
	ctxcache.Mapped[string, string, string, string]
}

func newUpper(inner ctxcache.Cache[string, string]) *upper {
	return &upper{ctxcache.NewMapped(inner, ctxcache.Hooks[string, string, string, string]{
		About:  ctxcache.Description{Kind: "upper"},
		Key:    func(key string) (string, error) { return key, nil },
		Unkey:  func(key string) (string, bool) { return key, true },
		Encode: func(_, value string) (string, error) { return strings.ToUpper(value), nil },
		Decode: func(_, value string) (string, error) { return value, nil },
	})}
}

func ExampleNewMapped() {
	ctx := context.Background()
	inner := memory.New[string, string](nil)
	users := newUpper(inner)
	fmt.Println(users.Set(ctx, "ada", "Ada", 0))
	fmt.Println(ctxcache.SetMany(ctx, users, map[string]string{"emmy": "Emmy"}, 0)) // no way to write goes round it
	fmt.Println(inner.Get(ctx, "ada"))
	fmt.Println(users.Get(ctx, "emmy"))
	fmt.Println(users.Supports() == inner.Supports())
	// Output:
	// <nil>
	// <nil>
	// ADA <nil>
	// EMMY <nil>
	// true
}
