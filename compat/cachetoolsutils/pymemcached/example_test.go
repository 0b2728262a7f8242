package pymemcached_test

import (
	"context"
	"fmt"
	"log"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/compat/cachetoolsutils/pymemcached"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

// memcachedOptions are the options of examples, which must not fail on a busy machine. A program can use the defaults,
// nil.
var memcachedOptions = &pymemcached.Options{ReadTimeout: memcachedtest.Patience, WriteTimeout: memcachedtest.Patience}

// User is the type of values in the examples.
type User struct {
	Name string `json:"name"`
	Age  int    `json:"age"`
}

func ExampleMemCached() {
	ctx := context.Background()
	addr := memcachedtest.ExampleAddr()

	var servers memcache.ServerList
	if err := servers.SetServers(addr); err != nil {
		log.Fatal(err)
	}
	users := pymemcached.PrefixedMemCached[string, User](&servers, "app.", memcachedOptions)
	defer users.Close()

	fmt.Println(users.Set(ctx, "ada", User{"Ada Lovelace", 36}, 0))
	ada, err := users.Get(ctx, "ada")
	fmt.Println(ada, err)

	item, err := memcache.New(addr).Get("app." + "VPs(") // base 85
	fmt.Printf("%s %d %v\n", item.Value, item.Flags, err)
	// Output:
	// <nil>
	// {Ada Lovelace 36} <nil>
	// {"age":36,"name":"Ada Lovelace"} 3 <nil>
}
