package main

import (
	"context"
	"fmt"
	"log"
	"sync"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
)

type User struct{ Name, Field string }

// userByName stands for a query that takes long.
func userByName(_ context.Context, name string) (User, error) {
	fmt.Println("loading", name)
	return User{Name: "Ada Lovelace", Field: "computing"}, nil
}

func main() {
	store := memory.New(&memory.Options[string, User]{MaxEntries: 100_000})
	users := cached.Func(store, userByName, &cached.Options{TTL: time.Minute})
	var callers sync.WaitGroup
	for range 100 { // they share one load
		callers.Go(func() {
			if _, err := users.Get(context.Background(), "ada"); err != nil { // in a service: the request's context
				log.Fatal(err)
			}
		})
	}
	callers.Wait()
	ada, err := users.Get(context.Background(), "ada")
	fmt.Println(ada.Name, err)
}
