package layers_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

func ExampleJSON_Validate() {
	type account struct {
		Name string
		role string // encoding/json would drop it
	}

	accounts := layers.JSON[account]{}
	fmt.Println(errors.Is(accounts.Validate(), ctxcache.ErrOptions))
	_, err := accounts.Encode(account{Name: "Ada", role: "admin"}) // as every call to a cache with this codec
	fmt.Println(errors.Is(err, ctxcache.ErrOptions))
	// Output:
	// true
	// true
}

func ExampleEncodedOptions() {
	ctx := context.Background()
	store := memory.New[string, []byte](nil)
	envelope := &layers.EncodedOptions{Envelope: true}

	members := layers.Encoded(store, layers.JSON[string]{}, envelope)
	fmt.Println(members.Set(ctx, "ada", "Ada", 0))

	_, err := layers.Encoded(store, layers.JSON[user]{}, envelope).Get(ctx, "ada") // the next release has another type
	fmt.Println(err)
	// Output:
	// <nil>
	// cache miss
}
