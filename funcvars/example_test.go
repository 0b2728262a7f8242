package funcvars_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/funcvars"
)

type User struct{ Name, Field string }

// database is the slow thing of the examples.
type database struct{}

func (database) UserByName(_ context.Context, name string) (User, error) {
	fmt.Println("asking the database for", name)
	if name == "ada" {
		return User{"Ada Lovelace", "computing"}, nil
	}
	return User{}, fmt.Errorf("no row: %w", ctxcache.ErrNotFound)
}

var db database

func ExampleReplace() {
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
	handles, err := funcvars.Replace(store, funcvars.Vars{"user.": &userByName, "power.": &power}, &funcvars.Options{
		Options: cached.Options{TTL: time.Minute},
	})
	if err != nil {
		log.Fatal(err)
	}

	fmt.Println(power(2, 10), power(2, 10)) // the second is a hit
	ada, err := userByName(ctx, "ada")
	fmt.Println(ada.Name, err)

	key, err := handles["user."].Key(ctx, "ada")
	fmt.Println(key, err)
	stored, err := store.Get(ctx, key)
	fmt.Println(string(stored), err)
	was, err := handles["power."].Delete(ctx, 2, 10)
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

func ExampleReplaceFields() {
	ctx := context.Background()
	weather := Weather{Forecast: func(_ context.Context, city string, days int) ([]string, error) {
		fmt.Println("asking for", city)
		return []string{"rain", "sun", "snow"}[:days], nil
	}}
	store := memory.New[string, []byte](nil)
	handles, err := funcvars.ReplaceFields(store, &weather, map[string]string{"Forecast": "1."}, nil)
	if err != nil {
		log.Fatal(err)
	}
	for range 2 {
		days, err := weather.Forecast(ctx, "London", 2)
		fmt.Println(days, err)
	}
	has, err := handles["Forecast"].Contains(ctx, "London", 3)
	fmt.Println(has, err)
	// Output:
	// asking for London
	// [rain sun] <nil>
	// [rain sun] <nil>
	// false <nil>
}

// Shape is an interface: a Circle and a Square may have the same JSON.
type Shape interface{ Area() float64 }

type Circle struct{ Size float64 }

func (c Circle) Area() float64 { return 3.14 * c.Size * c.Size }

type Square struct{ Size float64 }

func (s Square) Area() float64 { return s.Size * s.Size }

func ExampleKeys() {
	area := func(s Shape) float64 { return s.Area() }
	areaKey := func(s Shape) (string, error) { return cached.JSONKey(fmt.Sprintf("%T", s), s) }

	store := memory.New[string, []byte](nil)
	_, err := funcvars.Replace(store, funcvars.Vars{"area.": &area}, nil)
	fmt.Println(errors.Is(err, ctxcache.ErrOptions))

	handles, err := funcvars.Replace(store, funcvars.Vars{"area.": &area}, &funcvars.Options{
		Keys: funcvars.Keys{"area.": areaKey},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(area(Circle{1}), area(Square{1}))
	key, err := handles["area."].Key(context.Background(), Square{1})
	fmt.Println(key, err)
	// Output:
	// true
	// 3.14 1
	// area.["funcvars_test.Square",{"Size":1}] <nil>
}
