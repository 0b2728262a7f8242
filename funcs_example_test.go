package cached_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
)

func ExampleFuncs() {
	ctx := context.Background()
	userByName := db.UserByName // func(context.Context, string) (User, error)
	power := func(base, exponent int) int {
		fmt.Println("computing")
		result := 1
		for range exponent {
			result *= base
		}
		return result
	}

	store := memory.New[string, []byte](nil) // or Redis
	wrapped, err := cached.Funcs(store, cached.Vars{"user.": &userByName, "power.": &power}, &cached.FuncsOptions{
		Options: cached.Options{TTL: time.Minute},
	})
	if err != nil {
		log.Fatal(err)
	}

	fmt.Println(power(2, 10), power(2, 10)) // the second is a hit
	ada, err := userByName(ctx, "ada")
	fmt.Println(ada.Name, err)

	key, err := wrapped["user."].Key("ada")
	fmt.Println(key, err)
	stored, err := store.Get(ctx, key)
	fmt.Println(string(stored), err)
	was, err := wrapped["power."].Delete(ctx, 2, 10)
	fmt.Println(was, err)
	// Output:
	// computing
	// 1024 1024
	// asking the database for ada
	// Ada Lovelace <nil>
	// user.["ada"] <nil>
	// {"Name":"Ada Lovelace","Field":"computing"} <nil>
	// true <nil>
}

// Weather is a client whose calls are fields, so that they can be replaced.
type Weather struct {
	Forecast func(ctx context.Context, city string, days int) ([]string, error)
}

func ExampleMethods() {
	ctx := context.Background()
	weather := Weather{Forecast: func(_ context.Context, city string, days int) ([]string, error) {
		fmt.Println("asking for", city)
		return []string{"rain", "sun", "snow"}[:days], nil
	}}
	store := memory.New[string, []byte](nil)
	wrapped, err := cached.Methods(store, &weather, map[string]string{"Forecast": "1."}, nil)
	if err != nil {
		log.Fatal(err)
	}
	for range 2 {
		days, err := weather.Forecast(ctx, "London", 2)
		fmt.Println(days, err)
	}
	has, err := wrapped["Forecast"].Contains(ctx, "London", 3)
	fmt.Println(has, err)
	// Output:
	// asking for London
	// [rain sun] <nil>
	// [rain sun] <nil>
	// false <nil>
}

func ExampleKeyedFunc() {
	ctx := context.Background()
	type query struct {
		Table  string
		Fields []string // slices are no keys, so one is made of them
	}
	results := memory.New[string, int](nil)
	count := cached.KeyedFunc(results,
		func(q query) (string, error) { return cached.JSONKey(q.Table, q.Fields) },
		func(_ context.Context, q query) (int, error) { return len(q.Table) * len(q.Fields), nil },
		&cached.Options{TTL: time.Minute})

	users := query{"users", []string{"name", "age"}}
	n, err := count.Get(ctx, users)
	fmt.Println(n, err)
	key, err := count.Key(users)
	fmt.Println(key, err)
	// Output:
	// 10 <nil>
	// ["users",["name","age"]] <nil>
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
