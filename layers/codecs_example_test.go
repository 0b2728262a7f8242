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
	ctx := context.Background()
	store := memory.New[string, []byte](nil)

	type account struct {
		Name string
		role string // encoding/json would drop it
	}

	accounts := layers.Encoded(store, layers.JSON[account]{}, nil)
	err := accounts.Set(ctx, "ada", account{Name: "Ada", role: "admin"}, 0)
	fmt.Println(errors.Is(err, ctxcache.ErrOptions))
	// Output:
	// true
}

func ExampleEncodedOptions() {
	ctx := context.Background()
	store := memory.New[string, []byte](nil)
	type User struct{ Name string }

	users := layers.Encoded(store, layers.JSON[User]{}, &layers.EncodedOptions{Envelope: true})

	fmt.Println(users.Set(ctx, "ada", User{"Ada"}, 0))
	type renamed struct{ FullName string } // the next release
	_, err := layers.Encoded(store, layers.JSON[renamed]{}, &layers.EncodedOptions{Envelope: true}).Get(ctx, "ada")
	fmt.Println(err)
	// Output:
	// <nil>
	// cache miss
}
