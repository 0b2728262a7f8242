package memcached_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

func Example() {
	ctx := context.Background()
	servers := memcachedtest.ExampleAddr() // such as "cache1:11211,cache2:11211"

	users, err := memcached.Open(servers, &memcached.Options{Prefix: "example:users:"})
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
	var servers memcache.ServerList
	if err := servers.SetServers(memcachedtest.ExampleAddr()); err != nil {
		fmt.Println(err)
		return
	}
	users := memcached.New(&servers, &memcached.Options{Prefix: "example:new:"})
	defer users.Close()

	if err := users.Set(ctx, "ada lovelace", []byte("Countess"), time.Hour); err != nil {
		fmt.Println(err)
	}
	client := memcache.NewFromSelector(&servers) // by any client, in any language
	defer client.Close()
	item, err := client.Get("example:new:%=ada%20lovelace")
	fmt.Printf("%s %v\n", item.Value, err)
	// Output:
	// Countess <nil>
}

func ExampleCache_GetLease() {
	ctx := context.Background()
	users, err := memcached.Open(memcachedtest.ExampleAddr(), &memcached.Options{Prefix: "example:lease:"})
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

	err = users.Fill(ctx, "ada", lease, ctxcache.NewEntry(loaded, time.Hour)) // or Release, if the load fails
	fmt.Println(err)
	_, err = users.Get(ctx, "ada")
	fmt.Println(errors.Is(err, ctxcache.ErrMiss))
	// Output:
	// cache miss true
	// lease lost
	// true
}
