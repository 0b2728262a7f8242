package encrypted_test

import (
	"context"
	"fmt"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/encrypted"
)

func ExampleNew() {
	ctx := context.Background()
	store := memory.New[string, []byte](nil)
	secret, err := encrypted.NewSecret([]byte("32 random bytes, better than this"))
	if err != nil {
		fmt.Println(err)
	}

	users := encrypted.New(layers.Prefixed(store, "user:"), secret, &encrypted.Options{
		Namespace: "production/users",
		TextKeys:  true,
	})
	fmt.Println(users.Set(ctx, "ada", []byte("Ada Lovelace"), time.Minute))
	value, err := users.Get(ctx, "ada")
	fmt.Printf("%s %v\n", value, err)

	// The store sees only this. It can damage it.
	for key, err := range ctxcache.Keys(ctx, store) {
		sealed, getErr := store.Get(ctx, key)
		fmt.Println(len(key), len(sealed), err, getErr)
		damaged := append([]byte("x"), sealed[1:]...)
		fmt.Println(store.Set(ctx, key, damaged, time.Minute))
	}
	_, err = users.Get(ctx, "ada")
	fmt.Println(err)
	// Output:
	// <nil>
	// Ada Lovelace <nil>
	// 27 74 <nil> <nil>
	// <nil>
	// encrypted get: corrupt entry: not a sealed value
}

// With padding the store cannot distinguish short values by their sizes.
func ExampleNew_padding() {
	ctx := context.Background()
	store := memory.New[string, []byte](nil)
	secret, err := encrypted.NewSecret([]byte("32 random bytes, better than this"))
	if err != nil {
		fmt.Println(err)
	}

	users := encrypted.New(store, secret, &encrypted.Options{
		Namespace: "production/users",
		Pad:       true,
	})

	for _, name := range []string{"Ada", "Ada Lovelace"} {
		fmt.Println(users.Set(ctx, name, []byte(name), time.Minute))
	}
	for key, err := range ctxcache.Keys(ctx, store) {
		sealed, getErr := store.Get(ctx, key)
		fmt.Println(len(sealed), err, getErr)
	}
	// Output:
	// <nil>
	// <nil>
	// 94 <nil> <nil>
	// 94 <nil> <nil>
}

func ExampleNew_rotation() {
	ctx := context.Background()
	store := memory.New[string, []byte](nil)
	first, err := encrypted.NewSecret([]byte("the first secret, random as well"))
	if err != nil {
		fmt.Println(err)
	}
	second, err := encrypted.NewSecret([]byte("the one to use from now on"))
	if err != nil {
		fmt.Println(err)
	}
	before := encrypted.New(store, first, &encrypted.Options{Namespace: "production/users"})
	fmt.Println(before.Set(ctx, "ada", []byte("Ada"), time.Minute))
	changed := time.Now()

	users := encrypted.New(store, second, &encrypted.Options{
		Namespace: "production/users",
		Old:       []encrypted.Secret{first}, // opens the stored values
		OldUntil:  changed.Add(time.Hour),    // when the last of them has ended
		KeySecret: first,                     // finds the stored keys
	})
	value, err := users.Get(ctx, "ada")
	fmt.Printf("%s %v\n", value, err)
	// Output:
	// <nil>
	// Ada <nil>
}
