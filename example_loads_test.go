package cached_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// UsersByName asks for many users at once.
func (database) UsersByName(_ context.Context, names []string) (map[string]User, error) {
	fmt.Println("asking the database for", len(names), "users")
	all := map[string]User{"ada": {"Ada Lovelace", "computing"}, "emmy": {"Emmy Noether", "algebra"}}
	found := make(map[string]User)
	for _, name := range names {
		if user, ok := all[name]; ok {
			found[name] = user
		}
	}
	return found, nil
}

func ExampleBulk() {
	ctx, stack := context.Background(), memory.New[string, User](nil)

	members := cached.Bulk(stack, db.UsersByName, &cached.Options{TTL: time.Minute, MaxBatch: 500})
	found, err := members.GetMany(ctx, []string{"ada", "emmy", "bob"}) // bob is not in the map
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(found), found["emmy"].Field)

	ada, err := members.Get(ctx, "ada") // a hit
	fmt.Println(ada.Name, err)
	// Output:
	// asking the database for 3 users
	// 2 algebra
	// Ada Lovelace <nil>
}

func ExampleFunction_GetResult() {
	ctx, down := context.Background(), false
	rates := cached.Func(memory.New[string, float64](nil), func(context.Context, string) (float64, error) {
		if down {
			return 0, errors.New("the service is down")
		}
		return 1.08, nil
	}, &cached.Options{
		TTL: time.Millisecond, StaleIfError: time.Hour, // rather an old rate than none
		SoftTimeout: 200 * time.Millisecond, ErrorCooldown: 5 * time.Second,
	})
	if _, err := rates.Get(ctx, "EUR"); err != nil {
		log.Fatal(err)
	}

	down = true
	for range 2 {
		time.Sleep(2 * time.Millisecond) // it is stale now
		rate, err := rates.GetResult(ctx, "EUR")
		fmt.Println(rate.Value, rate.Stale, rate.Why, err)
	}
	// Output:
	// 1.08 true load failed <nil>
	// 1.08 true load failed <nil>
}

type webPage struct{ ETag, Text string }

// fetch stands for a request with If-None-Match.
func fetch(_ context.Context, url, etag string) (p webPage, notModified bool, maxAge time.Duration, _ error) {
	fmt.Printf("fetching %s if it is not %q\n", url, etag)
	return webPage{ETag: "v1", Text: "hello"}, etag == "v1", time.Minute, nil
}

func ExampleLoadOf() {
	ctx := context.Background()
	pages := cached.Func(memory.New[string, webPage](nil), func(ctx context.Context, url string) (webPage, error) {
		load := cached.LoadOf[webPage](ctx)
		old, _ := load.Previous() // the zero value if there is none
		p, notModified, maxAge, err := fetch(ctx, url, old.Value.ETag)
		if err != nil {
			return webPage{}, err
		}
		load.SetTTL(maxAge)
		if notModified {
			return load.NotModified() // the old value with a new life
		}
		return p, nil
	}, nil)
	for range 2 {
		p, err := pages.Refresh(ctx, "/")
		fmt.Println(p.Text, err)
	}
	// Output:
	// fetching / if it is not ""
	// hello <nil>
	// fetching / if it is not "v1"
	// hello <nil>
}

func ExampleFunction_Get_directives() {
	ctx, source := context.Background(), 1.08
	rates := cached.Func(memory.New[string, float64](nil), func(context.Context, string) (float64, error) {
		return source, nil
	}, &cached.Options{TTL: time.Hour})
	if _, err := rates.Get(ctx, "EUR"); err != nil {
		log.Fatal(err)
	}
	source = 1.09

	anew, err := rates.Get(ctxcache.WithMaxAge(ctx, 0), "EUR")
	fmt.Println(anew, err)

	source = 1.1
	rate, err := rates.Get(ctxcache.WithMaxAge(ctx, time.Minute), "EUR")
	if err != nil {
		log.Fatal(err)
	}
	if _, err := rates.Get(ctxcache.WithOnlyCached(ctx), "SEK"); err == ctxcache.ErrMiss {
		// the cache has no such value, and the source was not asked
		fmt.Println(rate, "and no rate of SEK")
	}
	// Output:
	// 1.09 <nil>
	// 1.09 and no rate of SEK
}
