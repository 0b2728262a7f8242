package cachetoolsutils_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
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

func Example() {
	ctx := context.Background()
	client := redisClient()
	defer client.Close()

	// Python's PrefixedRedisCache(client, "app.") has written this.
	client.Set(ctx, "app.ada", `{"age":36,"name":"Ada Lovelace"}`, 10*time.Minute)

	users := cachetoolsutils.PrefixedRedisCache[string, User](client, "app.", redisOptions)
	ada, err := users.Get(ctx, "ada")
	fmt.Println(ada, err)

	fmt.Println(users.Set(ctx, "charles", User{"Charles Babbage", 44}, 0))
	fmt.Println(client.Get(ctx, "app.charles").Val())
	// Output:
	// {Ada Lovelace 36} <nil>
	// <nil>
	// {"age":44,"name":"Charles Babbage"}
}

func ExampleRedisCache() {
	ctx := context.Background()
	client := redisClient()
	defer client.Close()

	// the key ("team", 7) in Python
	type key = cachetoolsutils.Key
	teams := cachetoolsutils.RedisCache[key, cachetoolsutils.Value](client, &cachetoolsutils.RedisOptions{
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

func ExampleRedisOptions() {
	client := redisClient()
	defer client.Close()

	users := cachetoolsutils.PrefixedRedisCache[string, User](client, "app.", &cachetoolsutils.RedisOptions{
		ReadTimeout: 500 * time.Millisecond,
	})

	limits := ctxcache.TimeoutsOf(users)
	fmt.Println(limits.Read, limits.Write)
	// Output:
	// 500ms 1s
}

func ExampleMemCached() {
	ctx := context.Background()
	addr := memcachedtest.ExampleAddr()

	var servers memcache.ServerList
	if err := servers.SetServers(addr); err != nil {
		log.Fatal(err)
	}
	users := cachetoolsutils.PrefixedMemCached[string, User](&servers, "app.", memcachedOptions)
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

func ExampleEncryptedCache() {
	ctx := context.Background()
	client := redisClient()
	defer client.Close()

	secret := []byte("a shared secret of 32 bytes ....")
	raw := cachetoolsutils.RawRedisCache[cachetoolsutils.Bytes, []byte](client, redisOptions)
	hidden := cachetoolsutils.EncryptedCache(raw, secret, &cachetoolsutils.EncryptedOptions{
		Cipher: cachetoolsutils.AES128CBC, HashSize: 16, ChecksumSize: 8,
	})
	users := cachetoolsutils.ToBytesCache[string, User](hidden)

	fmt.Println(users.Set(ctx, "ada", User{"Ada Lovelace", 36}, 0))
	ada, err := users.Get(ctx, "ada")
	fmt.Println(ada, err)
	// Output:
	// <nil>
	// {Ada Lovelace 36} <nil>
}

func ExampleBytesCache() {
	ctx := context.Background()
	texts := cachetoolsutils.DictCache[string, string]()
	files := cachetoolsutils.BytesCache(texts)

	fmt.Println(files.Set(ctx, "\x00\x01", []byte("\xff\xfe"), ctxcache.NoExpiry))
	fmt.Println(texts.Get(ctx, "009"))
	// Output:
	// <nil>
	// |NZ <nil>
}
