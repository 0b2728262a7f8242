package rediscache_test

import (
	"context"
	"fmt"
	"time"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

func ExampleCache_Watch() {
	users, err := rediscache.Open(redistest.ExampleURL(), &rediscache.Options{
		Prefix: "example:watch:", ReadTimeout: time.Minute, WriteTimeout: time.Minute, WatchTimeout: time.Minute,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer users.Close()

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	err = users.Watch(ctx, func(e ctxcache.Event) {
		switch {
		case e.Gap:
			fmt.Println("drop all copies")
			if err := users.Set(ctx, "ada", []byte("Ada Lovelace"), time.Hour); err != nil { // or another process does
				fmt.Println(err)
			}
		case e.Key == users.StoredKey("ada"):
			fmt.Println("drop the copy of Ada")
			cancel()
		}
	})
	fmt.Println(err)
	// Output:
	// drop all copies
	// drop the copy of Ada
	// context canceled
}
