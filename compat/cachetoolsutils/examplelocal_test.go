package cachetoolsutils_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/compat/cachetoolsutils/pyredis"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

func ExampleTwoLevelCache() {
	ctx := context.Background()
	client := redisClient()
	defer client.Close()

	first := memory.New(&memory.Options[string, User]{MaxEntries: 1000})
	second := pyredis.PrefixedRedisCache[string, User](client, "two.", redisOptions)
	users := cachetoolsutils.TwoLevelCache(
		cachetoolsutils.StatsCache(first, "near"),
		cachetoolsutils.StatsCache(second, "far"),
		&cachetoolsutils.TwoLevelOptions{
			NearTTL:    time.Minute,
			Resilient:  true,
			OnFarError: func(ctx context.Context, err error) { slog.WarnContext(ctx, "far is down", "err", err) },
		})

	if err := users.Set(ctx, "ada", User{"Ada Lovelace", 36}, time.Hour); err != nil {
		log.Fatal(err)
	}
	ada, err := users.Get(ctx, "ada")
	fmt.Println(ada, err)
	stats, err := ctxcache.GetStats(ctx, users)
	fmt.Println(stats.Children[0].HitRate(), stats.Children[1].Reads, err)
	fmt.Println(ctxcache.Clear(ctx, users)) // both levels, and in Redis only the keys under "two."
	// Output:
	// {Ada Lovelace 36} <nil>
	// 1 0 <nil>
	// <nil>
}

func ExampleStatsCache() {
	ctx := context.Background()
	cache := layers.Stats(memory.New[string, int](nil), "numbers")
	if err := cache.Set(ctx, "one", 1, 0); err != nil {
		log.Fatal(err)
	}
	for _, key := range []string{"one", "two"} {
		if _, err := cache.Get(ctx, key); err != nil {
			fmt.Println(err)
		}
	}
	stats, err := ctxcache.GetStats(ctx, cache)
	fmt.Println(stats.Reads, stats.Writes, stats.Hits, stats.HitRate(), stats.Entries, err)
	// Output:
	// cache miss
	// 2 1 1 0.5 1 <nil>
}

func ExamplePrefixedCache() {
	ctx := context.Background()
	store := memory.New[string, int](nil)
	ages := cachetoolsutils.PrefixedCache[int](store, "age.")
	sizes := layers.Prefixed(store, "size.") // the same, for string keys

	fmt.Println(ages.Set(ctx, 7, 36, 0), sizes.Set(ctx, "ada", 165, 0))
	for key, err := range ctxcache.Keys(ctx, ages) {
		fmt.Println(key, err)
	}
	fmt.Println(store.Get(ctx, "age.7"))
	// Output:
	// <nil> <nil>
	// 7 <nil>
	// 36 <nil>
}

func ExampleAutoPrefixedCache() {
	ctx := context.Background()
	store := memory.New[string, int](nil)
	// Only caches over this store use the counter. A Python service may share the store if it uses the same numbers.
	counter := cachetoolsutils.NewPrefixCounter(300)
	cache := cachetoolsutils.AutoPrefixedCache[string](store, &cachetoolsutils.AutoPrefixedOptions{
		Separator: ":", Method: cachetoolsutils.PrefixBase16, Counter: counter,
	})

	fmt.Println(cache.Set(ctx, "ada", 36, 0))
	fmt.Println(store.Get(ctx, "012C:ada"))
	// Output:
	// <nil>
	// 36 <nil>
}

func ExampleAutoPrefixedCache_counter() {
	ctx := context.Background()
	store := memory.New[string, string](nil)

	opts := &cachetoolsutils.AutoPrefixedOptions{Counter: cachetoolsutils.NewPrefixCounter(10), Method: cachetoolsutils.PrefixBase16}
	users := cachetoolsutils.AutoPrefixedCache[string](store, opts)
	orders := cachetoolsutils.AutoPrefixedCache[string](store, opts)
	fmt.Println(users.Set(ctx, "1", "Ada", time.Minute))
	fmt.Println(orders.Set(ctx, "1", "a book", time.Minute))

	fmt.Println(store.Get(ctx, "0A.1"))
	fmt.Println(store.Get(ctx, "0B.1"))
	// Output:
	// <nil>
	// <nil>
	// Ada <nil>
	// a book <nil>
}

func ExampleLockedCache() {
	ctx := context.Background()
	build := func() ctxcache.Cache[string, int] { return memory.New[string, int](nil) } // a cache of yours that is not safe for concurrent use
	locked := layers.Locked(16, build)                                                  // 16 locks
	same := cachetoolsutils.LockedCache(build)                                          // one lock

	fmt.Println(locked.Set(ctx, "one", 1, 0), same.Set(ctx, "one", 1, 0))
	// Output:
	// <nil> <nil>
}

func ExampleDebugCache() {
	ctx := context.Background()
	cache := cachetoolsutils.DebugCache(cachetoolsutils.DictCache[string, int](), slog.Default(), "numbers")

	_, err := cache.Get(ctx, "one") // logged, if the level is Debug, without the key
	fmt.Println(err)
	// Output:
	// cache miss
}

// The storage classes of cachetools.
func Example_cachetools() {
	ctx := context.Background()
	lfu := memory.New(&memory.Options[string, string]{
		MaxCost: 1 << 20,
		Cost:    func(key, value string) int64 { return int64(len(key) + len(value)) }, // getsizeof
		Policy:  memory.LFU,                                                            // or FIFO, LRU, MRU, RR
		TTL:     time.Minute,                                                           // TTLCache
	})
	tlru := memory.New(&memory.Options[string, User]{
		MaxEntries: 1000,
		TTLOf:      func(_ string, user User) time.Duration { return time.Duration(user.Age) * time.Second }, // ttu
		OnEvict:    func(key string, _ User, cause memory.Cause) { fmt.Println(key, cause) },                 // popitem() is tlru.Evict(ctx)
	})
	dict := cachetoolsutils.DictCache[string, int]()

	fmt.Println(lfu.Set(ctx, "a", "1", 0), tlru.Set(ctx, "a", User{Age: 36}, 0), dict.Set(ctx, "a", 1, 0))
	// Output:
	// <nil> <nil> <nil>
}
