package layers_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

func Example() {
	ctx := context.Background()
	var store ctxcache.Cache[string, []byte] = memory.New[string, []byte](nil)

	users := layers.Encoded(layers.Prefixed(store, "user:"), layers.JSON[user]{}, nil)
	if err := users.Set(ctx, "ada", user{Name: "Ada", Age: 36}, time.Minute); err != nil {
		fmt.Println(err)
	}

	ada, err := users.Get(ctx, "ada")
	fmt.Println(ada.Name, ada.Age, err)
	stored, err := store.Get(ctx, "user:ada")
	fmt.Printf("%s %v\n", stored, err)
	// Output:
	// Ada 36 <nil>
	// {"name":"Ada","age":36} <nil>
}

func ExampleRecorded() {
	ctx := context.Background()
	var trace bytes.Buffer // a file, in a service
	users := layers.Recorded(memory.New[string, string](nil), &trace, &layers.RecordedOptions{Sample: 1})
	for _, key := range []string{"ada", "bob", "ada"} {
		_, err := users.Get(ctx, key)
		fmt.Println(key, err)
	}
	fmt.Println("error:", users.Stop())
	fmt.Println(trace.Len()/8, "reads are recorded")
	// Output:
	// ada cache miss
	// bob cache miss
	// ada cache miss
	// error: <nil>
	// 3 reads are recorded
}

func ExampleKeyed() {
	ctx := context.Background()
	store := memory.New[string, string](nil)

	byID := layers.Keyed(store,
		func(id int) (string, error) { return strconv.Itoa(id), nil },
		func(key string) (int, bool) { id, err := strconv.Atoi(key); return id, err == nil })
	fmt.Println(byID.Set(ctx, 7, "Ada", time.Minute))

	fmt.Println(byID.Get(ctx, 7))
	fmt.Println(store.Get(ctx, "7"))
	// Output:
	// <nil>
	// Ada <nil>
	// Ada <nil>
}

func ExamplePrefixed() {
	ctx := context.Background()
	store := memory.New[string, string](nil)

	users, orders := layers.Prefixed(store, "user:"), layers.Prefixed(store, "order:")
	fmt.Println(users.Set(ctx, "1", "Ada", time.Minute))
	fmt.Println(orders.Set(ctx, "1", "a book", time.Minute))

	fmt.Println(users.Get(ctx, "1"))
	fmt.Println(store.Get(ctx, "user:1"))
	fmt.Println(ctxcache.Clear(ctx, users)) // does not clear orders
	fmt.Println(ctxcache.Len(ctx, store))
	// Output:
	// <nil>
	// <nil>
	// Ada <nil>
	// Ada <nil>
	// <nil>
	// 1 <nil>
}

func ExampleEncoded() {
	ctx := context.Background()
	store := memory.New[string, []byte](nil)

	points := layers.Encoded(store, layers.JSON[int]{}, nil)
	fmt.Println(points.Set(ctx, "ada", 3, time.Minute))
	fmt.Println(points.Get(ctx, "ada"))
	stored, err := store.Get(ctx, "ada")
	fmt.Printf("%s %v\n", stored, err)

	fmt.Println(store.Set(ctx, "ada", []byte("three points"), time.Minute))
	_, err = points.Get(ctx, "ada")
	fmt.Println(err)
	// Output:
	// <nil>
	// 3 <nil>
	// 3 <nil>
	// <nil>
	// encoded get: corrupt entry: layers.JSON[int] cannot decode the value
}

func ExampleBase85() {
	ctx := context.Background()
	store := memory.New[string, string](nil)

	raw := layers.Base85(store)
	fmt.Println(raw.Set(ctx, "\xff\x00", []byte{1, 2, 3, 4}, time.Minute))

	fmt.Println(raw.Get(ctx, "\xff\x00"))
	for key, err := range ctxcache.Keys(ctx, store) {
		fmt.Println(key, err)
		fmt.Println(store.Get(ctx, key))
	}
	// Output:
	// <nil>
	// [1 2 3 4] <nil>
	// {{R <nil>
	// 0RjUA <nil>
}

func ExampleStats() {
	ctx := context.Background()
	store := memory.New[string, string](nil)

	users := layers.Stats(layers.Prefixed(store, "user:"), "users")
	fmt.Println(users.Set(ctx, "1", "Ada", time.Minute))
	fmt.Println(users.Get(ctx, "1"))
	fmt.Println(users.Get(ctx, "2"))

	stats, err := ctxcache.GetStats(ctx, users)
	fmt.Println(stats.Reads, stats.Hits, stats.Misses, stats.Writes, stats.HitRate(), err)
	// Output:
	// <nil>
	// Ada <nil>
	//  cache miss
	// 2 1 1 1 0.5 <nil>
}

func ExampleExpiring() {
	ctx := context.Background()
	store := memory.New[string, string](nil)

	capped := layers.Expiring(store, layers.Expiry{Default: time.Minute, Max: time.Hour})
	fmt.Println(capped.Set(ctx, "1", "Ada", ctxcache.NoExpiry))
	fmt.Println(capped.Set(ctx, "2", "Grace", 0))

	for _, key := range []string{"1", "2"} {
		stored, err := ctxcache.GetEntry(ctx, store, key)
		fmt.Println(stored.Value, stored.TTL.Round(time.Minute), err)
	}
	// Output:
	// <nil>
	// <nil>
	// Ada 1h0m0s <nil>
	// Grace 1m0s <nil>
}

func ExampleCloned() {
	ctx := context.Background()
	store := memory.New[string, []byte](nil)

	pages := layers.Cloned(store, bytes.Clone)
	fmt.Println(pages.Set(ctx, "/", []byte("Hello"), time.Minute))

	mine, err := pages.Get(ctx, "/")
	mine[0] = 'J'
	fmt.Printf("%s %v\n", mine, err)
	stored, err := store.Get(ctx, "/")
	fmt.Printf("%s %v\n", stored, err)
	// Output:
	// <nil>
	// Jello <nil>
	// Hello <nil>
}

func ExampleRequestScoped() {
	store := memory.New[string, string](nil)
	users := layers.RequestScoped(store)

	ctx := layers.WithRequestScope(context.Background()) // in the middleware, once for each request
	fmt.Println(users.Set(ctx, "1", "Ada", time.Minute))
	fmt.Println(users.Get(ctx, "1"))

	other := layers.WithRequestScope(context.Background())
	fmt.Println(users.Set(other, "1", "Grace", time.Minute)) // another request
	fmt.Println(users.Get(ctx, "1"))                         // this request goes on with what it has read
	fmt.Println(users.Get(other, "1"))
	// Output:
	// <nil>
	// Ada <nil>
	// <nil>
	// Ada <nil>
	// Grace <nil>
}

func ExampleDebug() {
	ctx := context.Background()
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || a.Key == "duration" {
				return slog.Attr{} // they differ in each run
			}
			return a
		},
	}))

	users := layers.Debug(memory.New[string, string](nil), "users", logger, &layers.DebugOptions{Keys: true})
	fmt.Println(users.Set(ctx, "1", "Ada", time.Minute))
	fmt.Println(users.Get(ctx, "1"))
	// Output:
	// level=DEBUG msg=cache cache=users op=set result=ok key=1 ttl=1m0s
	// <nil>
	// level=DEBUG msg=cache cache=users op=get result=hit key=1
	// Ada <nil>
}
