package cached_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"sync"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/twolevel"
	"github.com/ctxcache/cached/tracing"
)

type User struct{ Name, Field string }

// database is the slow thing of the examples.
type database struct{}

func (database) UserByName(_ context.Context, name string) (User, error) {
	fmt.Println("asking the database for", name)
	switch name {
	case "ada":
		return User{"Ada Lovelace", "computing"}, nil
	case "emmy":
		return User{"Emmy Noether", "algebra"}, nil
	}
	return User{}, fmt.Errorf("no row: %w", ctxcache.ErrNotFound)
}

var db database

func Example() {
	ctx := context.Background()

	users := cached.Func(
		memory.New(&memory.Options[string, User]{MaxEntries: 100_000}),
		db.UserByName,
		&cached.Options{TTL: time.Minute, Jitter: 0.1, NotFoundTTL: 5 * time.Second},
	)
	ada, err := users.Get(ctx, "ada") // one load in this process, however many ask at the same time
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ada.Name)

	_, err = users.Get(ctx, "ada") // a hit
	fmt.Println(err)
	was, err := users.Delete(ctx, "ada") // a load of it that runs is not stored any more
	fmt.Println(was, err)
	// Output:
	// asking the database for ada
	// Ada Lovelace
	// <nil>
	// true <nil>
}

func openUsers(url string) (*cached.Function[string, User], error) {
	shared, err := rediscache.Open(url, &rediscache.Options{Prefix: "app:"})
	if err != nil {
		return nil, err
	}
	far := layers.Encoded(layers.Prefixed(shared, "user:"), layers.JSON[User]{},
		&layers.EncodedOptions{Envelope: true}) // the next release may change User
	near := memory.New(&memory.Options[string, User]{MaxEntries: 100_000})
	stack := twolevel.New(
		tracing.Traced(near, "users.near", nil),
		tracing.Traced(far, "users.far", nil),
		&twolevel.Options{NearTTL: 10 * time.Second},
	)
	return cached.Func(stack, db.UserByName, &cached.Options{
		TTL: 10 * time.Minute, Jitter: 0.1,
		Tracer: tracing.Loads("users", nil),
	}), nil
}

func ExampleFunc_notFound() {
	ctx := context.Background()
	users := cached.Func(memory.New[string, User](nil), db.UserByName, &cached.Options{NotFoundTTL: time.Minute})
	for range 2 { // the second time it is known, and the database is not asked
		_, err := users.Get(ctx, "nobody")
		fmt.Println(errors.Is(err, ctxcache.ErrNotFound))
	}
	// Output:
	// asking the database for nobody
	// true
	// true
}

func ExampleLoad_SetTTL() {
	ctx := context.Background()
	tokens := memory.New[string, string](nil)
	token := cached.Func(tokens, func(ctx context.Context, client string) (string, error) {
		cached.LoadOf[string](ctx).SetTTL(5 * time.Minute) // what the issuer said
		return "token of " + client, nil
	}, &cached.Options{TTL: time.Hour})

	value, err := token.Get(ctx, "billing")
	fmt.Println(value, err)
	e, err := ctxcache.GetEntry(ctx, tokens, "billing")
	fmt.Println(e.TTL.Round(time.Minute), err)
	// Output:
	// token of billing <nil>
	// 5m0s <nil>
}

func ExampleKeyedFunc() {
	ctx := context.Background()
	type query struct {
		Table  string
		Fields []string // a slice cannot be a key, so a key is made of it
	}
	search := func(_ context.Context, q query) (string, error) {
		return fmt.Sprint(len(q.Fields), " of ", q.Table), nil
	}
	results := cached.KeyedFunc(memory.New[string, string](nil), cached.JSONKeyOf, search, &cached.Options{TTL: time.Minute})

	users := query{"users", []string{"name", "age"}}
	found, err := results.Get(ctx, users)
	fmt.Println(found, err)
	key, err := results.Key(ctx, users)
	fmt.Println(key, err)
	// Output:
	// 2 of users <nil>
	// [{"Table":"users","Fields":["name","age"]}] <nil>
}

// A key may depend on the context, as results do.
func ExampleKeyedFunc_context() {
	type tenantKey struct{}
	tenant := func(ctx context.Context) string { name, _ := ctx.Value(tenantKey{}).(string); return name }
	prices := cached.KeyedFunc(memory.New[string, string](nil),
		func(ctx context.Context, item string) (string, error) { return cached.JSONKey(tenant(ctx), item) },
		func(ctx context.Context, item string) (string, error) { return item + " for " + tenant(ctx), nil },
		nil)
	for _, name := range []string{"ada", "emmy"} {
		price, err := prices.Get(context.WithValue(context.Background(), tenantKey{}, name), "tea")
		fmt.Println(price, err)
	}
	// Output:
	// tea for ada <nil>
	// tea for emmy <nil>
}

func ExampleJSONKey() {
	key, err := cached.JSONKey(1, "a", map[string]bool{"z": true, "b": false})
	fmt.Println(key, err)
	_, err = cached.JSONKey(struct{ id int }{7}) // {} would be the key of all of them
	fmt.Println(err)
	// Output:
	// [1,"a",{"b":false,"z":true}] <nil>
	// invalid key: argument 1: its JSON leaves out field id of struct { id int }, which is not exported
}

func ExampleFunction_Refresh() {
	ctx := context.Background()
	field := "poetry"
	fields := cached.Func(memory.New[string, string](nil), func(context.Context, string) (string, error) {
		return field, nil
	}, nil)
	before, _ := fields.Get(ctx, "ada")
	field = "computing" // the source changes
	after, err := fields.Refresh(ctx, "ada")
	fmt.Println(before, after, err)
	// Output: poetry computing <nil>
}

func ExampleFlight() {
	var reports cached.Flight[string, string]
	var wg sync.WaitGroup
	open := make(chan struct{})
	for range 3 {
		wg.Go(func() {
			// Each caller could have its own deadline: one that leaves early leaves the others undisturbed.
			report, _, err := reports.Do(context.Background(), "2026", func(context.Context) (string, error) {
				<-open
				return "report of 2026", nil
			})
			if report != "report of 2026" || err != nil {
				fmt.Println(report, err)
			}
		})
	}
	close(open)
	wg.Wait()
	fmt.Println("done")
	// Output: done
}
