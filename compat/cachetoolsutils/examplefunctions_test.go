package cachetoolsutils_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/compat/cachetoolsutils/pyredis"
	"github.com/ctxcache/cached/funcvars"
)

func ExampleJSONKey() {
	call := cachetoolsutils.Args(1, "é").With("debug", true) // f(1, "é", debug=True)

	fmt.Println(cachetoolsutils.JSONKey(call))
	fmt.Println(cachetoolsutils.FullHashKey(call))
	fmt.Println(cachetoolsutils.Str(cachetoolsutils.HashKey(call)))
	fmt.Println(cachetoolsutils.Str(cachetoolsutils.TypedKey(cachetoolsutils.Args(1))))
	// Output:
	// {"*":[1,"\u00e9"],"**":{"debug":true}} <nil>
	// v6Z<7moSLor0G2+iP7et <nil>
	// (1, 'é', <class 'cachetools.keys._HashedTuple'>, 'debug', True) <nil>
	// (1, <class 'int'>) <nil>
}

// A function that is also cached in Python.
func Example_sharedFunction() {
	ctx := context.Background()
	client := redisClient()
	defer client.Close()

	// Python: ctu.cached(PrefixedRedisCache(client, "sum."), key=ctu.json_key)
	cache := pyredis.PrefixedRedisCache[string, int](client, "sum.", redisOptions)
	sum := cached.KeyedFunc(cache,
		func(_ context.Context, terms []int) (string, error) {
			return cachetoolsutils.JSONKey(cachetoolsutils.Args(terms[0], terms[1]))
		},
		func(_ context.Context, terms []int) (int, error) { return terms[0] + terms[1], nil },
		&cached.Options{TTL: time.Hour})

	fmt.Println(sum.Get(ctx, []int{1, 2}))
	fmt.Println(client.Get(ctx, "sum.[1,2]").Val())
	// Output:
	// 3 <nil>
	// 3
}

// A function that Python caches without a key function. Its key is hashkey, a tuple.
func Example_defaultKey() {
	ctx := context.Background()
	client := redisClient()
	defer client.Close()

	// Python: ctu.cached(PrefixedRedisCache(client, "area."))
	cache := pyredis.PrefixedRedisCache[cachetoolsutils.Key, float64](client, "area.", redisOptions)
	area := cached.KeyedFunc(cache,
		func(_ context.Context, sides [2]float64) (cachetoolsutils.Key, error) {
			return cachetoolsutils.KeyOf(cachetoolsutils.HashKey(cachetoolsutils.Args(sides[0], sides[1])))
		},
		func(_ context.Context, sides [2]float64) (float64, error) { return sides[0] * sides[1], nil },
		&cached.Options{TTL: time.Hour})

	fmt.Println(area.Get(ctx, [2]float64{1.5, 2}))
	fmt.Println(client.Get(ctx, "area.(1.5, 2.0)").Val())
	// Output:
	// 3 <nil>
	// 3.0
}

func Example_cached() {
	ctx := context.Background()
	load := func(_ context.Context, name string) (User, error) { return User{Name: name}, nil }
	cache := memory.New(&memory.Options[string, User]{MaxEntries: 1000})

	users := cached.Func(cache, load, &cached.Options{TTL: time.Minute})

	ada, err := users.Get(ctx, "ada")              // f("ada")
	there, err2 := users.Contains(ctx, "ada")      // f.cache_in("ada")
	was, err3 := users.Delete(ctx, "ada")          // f.cache_del("ada")
	stats, err4 := users.Stats(ctx)                // f.cache_info()
	err5 := users.Clear(ctx)                       // f.cache_clear()
	fmt.Println(ada.Name, there, was, stats.Loads) // f.cache_key is not needed: the argument is the key
	fmt.Println(err, err2, err3, err4, err5)
	// Output:
	// ada true true 1
	// <nil> <nil> <nil> <nil> <nil>
}

// Several functions that are also cached in Python, in one call.
func Example_cacheFunctions() {
	ctx := context.Background()
	client := redisClient()
	defer client.Close()
	add := func(a, b int) int { return a + b }
	greet := func(_ context.Context, name string) (string, error) { return "Hello " + name, nil }

	// Python: cacheFunctions(PrefixedRedisCache(client, "app."), globals(), opts={"key": json_key}, add="a.",
	// greet="g.")
	// A test waits longer. A program can use the defaults.
	store := rediscache.New(client, &rediscache.Options{
		Prefix: "app.", Plain: true, ReadTimeout: time.Minute, WriteTimeout: time.Minute,
	})
	defer store.Close()
	wrapped, err := funcvars.Replace(store, funcvars.Vars{"a.": &add, "g.": &greet}, &funcvars.Options{
		Options: cached.Options{TTL: time.Hour},
		Key:     cachetoolsutils.JSONFuncKey,
	})
	if err != nil {
		log.Fatal(err)
	}

	fmt.Println(add(1, 2))
	fmt.Println(greet(ctx, "Ada"))
	fmt.Println(client.Get(ctx, "app.a.[1,2]").Val(), client.Get(ctx, `app.g.["Ada"]`).Val())
	fmt.Println(wrapped["a."].Delete(ctx, 1, 2))
	// Output:
	// 3
	// Hello Ada <nil>
	// 3 "Hello Ada"
	// true <nil>
}

// Calculator has fields of function type, which can be replaced like methods.
type Calculator struct {
	Add func(a, b int) int
}

// The methods of an object that are also cached in Python. Without a key function, Python uses hashkey.
func Example_cacheMethods() {
	ctx := context.Background()
	client := redisClient()
	defer client.Close()
	calculator := Calculator{Add: func(a, b int) int { return a + b }}

	// Python: cacheMethods(PrefixedRedisCache(client, "app."), calculator, add="1.")
	store := rediscache.New(client, &rediscache.Options{
		Prefix: "app.", Plain: true, ReadTimeout: time.Minute, WriteTimeout: time.Minute,
	})
	defer store.Close()
	wrapped, err := funcvars.ReplaceFields(store, &calculator, map[string]string{"Add": "1."}, &funcvars.Options{
		Options: cached.Options{TTL: time.Hour},
		Key:     cachetoolsutils.HashFuncKey,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(calculator.Add(1, 2))
	fmt.Println(wrapped["Add"].Key(ctx, 1, 2))
	fmt.Println(client.Get(ctx, "app.1.(1, 2)").Val())
	// Output:
	// 3
	// 1.(1, 2) <nil>
	// 3
}
