package layers_test

import (
	"context"
	"fmt"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

func ExampleEncrypted() {
	ctx := context.Background()
	store := memory.New[string, []byte](nil)
	secret, err := layers.NewSecret([]byte("32 random bytes, better than this"))
	if err != nil {
		fmt.Println(err)
	}

	users := layers.Encrypted(layers.Prefixed(store, "user:"), secret, &layers.EncryptedOptions{TextKeys: true})
	fmt.Println(users.Set(ctx, "ada", []byte("Ada Lovelace"), time.Minute))
	value, err := users.Get(ctx, "ada")
	fmt.Printf("%s %v\n", value, err)

	// This is what the store sees, and it is in its power to damage it.
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
	// 27 58 <nil> <nil>
	// <nil>
	// encrypted get: corrupt entry: it is no sealed value
}

func ExampleEncrypted_rotation() {
	ctx := context.Background()
	store := memory.New[string, []byte](nil)
	first, err := layers.NewSecret([]byte("the first secret, random as well"))
	if err != nil {
		fmt.Println(err)
	}
	second, err := layers.NewSecret([]byte("the one to use from now on"))
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(layers.Encrypted(store, first, nil).Set(ctx, "ada", []byte("Ada"), time.Minute))

	users := layers.Encrypted(store, second, &layers.EncryptedOptions{
		Old:       []layers.Secret{first}, // opens what is stored
		KeySecret: first,                  // finds it
	})
	value, err := users.Get(ctx, "ada")
	fmt.Printf("%s %v\n", value, err)
	// Output:
	// <nil>
	// Ada <nil>
}
