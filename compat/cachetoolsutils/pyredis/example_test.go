package pyredis_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/compat/cachetoolsutils/pyredis"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// User is the type of values in the examples.
type User struct {
	Name string `json:"name"`
	Age  int    `json:"age"`
}

// redisClient is used like redis.NewClient(&redis.Options{Addr: "localhost:6379"}).
func redisClient() *redis.Client {
	options, err := redis.ParseURL(redistest.ExampleURL())
	if err != nil {
		log.Fatal(err)
	}
	return redis.NewClient(options)
}

func ExampleRedisCache() {
	ctx := context.Background()
	client := redisClient()
	defer client.Close()

	// the key ("team", 7) in Python
	type key = cachetoolsutils.Key
	teams := pyredis.RedisCache[key, cachetoolsutils.Value](client, &pyredis.Options{
		TTL: time.Hour, ReadTimeout: time.Minute, WriteTimeout: time.Minute, // long, for a test: leave the timeouts out
	})
	team, err := cachetoolsutils.KeyOf(cachetoolsutils.Tuple{"team", 7})
	if err != nil {
		log.Fatal(err)
	}
	if err := teams.Set(ctx, team, cachetoolsutils.Dict{{Key: "size", Value: 1.0}}, 0); err != nil {
		log.Fatal(err)
	}
	fmt.Println(client.Get(ctx, `["team",7]`).Val())

	value, err := teams.Get(ctx, team)
	size, _ := value.(cachetoolsutils.Dict).Get("size")
	fmt.Printf("%v %T %v\n", team, size, err)
	// Output:
	// {"size":1.0}
	// ('team', 7) float64 <nil>
}

func ExampleOptions() {
	client := redisClient()
	defer client.Close()

	users := pyredis.PrefixedRedisCache[string, User](client, "app.", &pyredis.Options{
		ReadTimeout: 500 * time.Millisecond,
	})

	limits := ctxcache.TimeoutsOf(users)
	fmt.Println(limits.Read, limits.Write)
	// Output:
	// 500ms 1s
}

func ExamplePrefixedRedisCache() {
	ctx := context.Background()
	client := redisClient()
	defer client.Close()
	ages := pyredis.PrefixedRedisCache[string, int](client, "age.", &pyredis.Options{
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
