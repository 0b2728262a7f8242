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
	"github.com/ctxcache/cached/ctxcache"
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
	cache := cachetoolsutils.PrefixedRedisCache[string, int](client, "sum.", redisOptions)
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
		Key: func(_ context.Context, args []any) (string, error) {
			return cachetoolsutils.JSONKey(cachetoolsutils.Args(args...))
		},
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

func Example_cacheMethods() {
	ctx := context.Background()
	store := memory.New[string, []byte](nil)
	calculator := Calculator{Add: func(a, b int) int { return a + b }}

	wrapped, err := funcvars.ReplaceFields(store, &calculator, map[string]string{"Add": "1."}, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(calculator.Add(1, 2))
	fmt.Println(wrapped["Add"].Key(ctx, 1, 2))
	// Output:
	// 3
	// 1.[1,2] <nil>
}

func ExamplePrefixedRedisCache() {
	ctx := context.Background()
	client := redisClient()
	defer client.Close()
	ages := cachetoolsutils.PrefixedRedisCache[string, int](client, "age.", &cachetoolsutils.RedisOptions{
		TTL: time.Hour, ReadTimeout: time.Minute, WriteTimeout: time.Minute, // long, for a test: leave the timeouts out
	})

	if err := ages.Set(ctx, "ada", 36, 90*time.Second); err != nil { // cache.set("ada", 36, ex=90)
		log.Fatal(err)
	}
	entry, err := ctxcache.GetEntry(ctx, ages, "ada")
	fmt.Println(entry.Value, entry.TTL > time.Minute, err)

	servers, err := ctxcache.ServerStats(ctx, ctxcache.NodeOf(ages))
	fmt.Println(servers[0].HitRate() > 0, err) // cache.hits(), of the whole server
	stats, err := ctxcache.GetStats(ctx, ages)
	fmt.Println(stats.HitRate(), err)    // of this cache
	size, err := ctxcache.Len(ctx, ages) // only the keys under the prefix
	fmt.Println(size, err)
	// Output:
	// 36 true <nil>
	// true <nil>
	// 1 <nil>
	// 1 <nil>
}
