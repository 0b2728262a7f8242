package cachetoolsutils_test

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

func Example() {
	ctx := context.Background()
	client := redisClient()
	defer client.Close()

	// Python's PrefixedRedisCache(client, "app.") has written this.
	client.Set(ctx, "app.ada", `{"age":36,"name":"Ada Lovelace"}`, 10*time.Minute)

	users := pyredis.PrefixedRedisCache[string, User](client, "app.", redisOptions)
	ada, err := users.Get(ctx, "ada")
	fmt.Println(ada, err)

	fmt.Println(users.Set(ctx, "charles", User{"Charles Babbage", 44}, 0))
	fmt.Println(client.Get(ctx, "app.charles").Val())
	// Output:
	// {Ada Lovelace 36} <nil>
	// <nil>
	// {"age":44,"name":"Charles Babbage"}
}

func ExampleEncryptedCache() {
	ctx := context.Background()
	client := redisClient()
	defer client.Close()

	secret := []byte("a shared secret of 32 bytes ....")
	raw := pyredis.RawRedisCache[cachetoolsutils.Bytes, []byte](client, redisOptions)
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

// A cached function of Python that returns None has found nothing. Here None is a negative entry.
func ExampleNoneIsNotFound() {
	ctx := context.Background()
	client := redisClient()
	defer client.Close()
	client.Set(ctx, "app.nobody", "null", 10*time.Minute) // Python: users["nobody"] = None

	users := pyredis.PrefixedRedisCache[string, User](client, "app.", &pyredis.Options{
		NoneIsNotFound: true,
		ReadTimeout:    time.Minute, WriteTimeout: time.Minute, // long, for a test: leave the timeouts out
	})
	_, err := users.Get(ctx, "nobody")
	fmt.Println(err == ctxcache.ErrNotFound)
	// Output:
	// true
}
