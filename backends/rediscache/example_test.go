package rediscache_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

func Example() {
	ctx := context.Background()
	url := redistest.ExampleURL() // such as "redis://localhost:6379"

	users, err := rediscache.Open(url, &rediscache.Options{Prefix: "example:users:"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer users.Close()

	if err := users.Set(ctx, "ada", []byte("Ada Lovelace"), time.Hour); err != nil {
		fmt.Println(err)
	}
	name, err := users.Get(ctx, "ada")
	fmt.Printf("%s %v\n", name, err)
	_, err = users.Get(ctx, "charles")
	fmt.Println(err)
	// Output:
	// Ada Lovelace <nil>
	// cache miss
}

func ExampleNew() {
	ctx := context.Background()
	options, err := redis.ParseURL(redistest.ExampleURL())
	if err != nil {
		fmt.Println(err)
		return
	}
	client := redis.NewClient(options)
	defer client.Close()
	users := rediscache.New(client, &rediscache.Options{Prefix: "example:new:"})
	defer users.Close()

	if err := users.Set(ctx, "ada", []byte("Ada Lovelace"), time.Hour); err != nil {
		fmt.Println(err)
	}
	stored, err := client.Get(ctx, "example:new:ada").Result() // by any client, in any language
	fmt.Println(stored, err)
	// Output:
	// Ada Lovelace <nil>
}

func ExampleCache_GetLease() {
	ctx := context.Background()
	users, err := rediscache.Open(redistest.ExampleURL(), &rediscache.Options{Prefix: "example:lease:"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer users.Close()

	_, lease, err := users.GetLease(ctx, "ada", 0)
	fmt.Println(err, lease.Granted())

	// While this one loads, somebody changes the source, and deletes the key.
	loaded := []byte("Ada Byron")
	if err := users.Delete(ctx, "ada"); err != nil {
		fmt.Println(err)
	}

	err = users.Fill(ctx, "ada", lease, ctxcache.NewEntry(loaded, 0))
	fmt.Println(err)
	_, err = users.Get(ctx, "ada")
	fmt.Println(errors.Is(err, ctxcache.ErrMiss))
	// Output:
	// cache miss true
	// lease lost
	// true
}
