package memory_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

func ExampleNew() {
	ctx := context.Background() // an example has no caller
	ages := memory.New(&memory.Options[string, int]{MaxEntries: 10_000, TTL: time.Hour})

	if err := ages.Set(ctx, "ada", 36, 0); err != nil { // for an hour, the default
		fmt.Println(err)
	}
	fmt.Println(ages.Get(ctx, "ada"))

	_, err := ages.Get(ctx, "alan")
	fmt.Println(errors.Is(err, ctxcache.ErrMiss))
	// Output:
	// 36 <nil>
	// true
}

func ExampleOptions_onEvict() {
	ctx := context.Background() // an example has no caller
	c := memory.New(&memory.Options[string, int]{
		MaxEntries: 2,
		Policy:     memory.LRU,
		OnEvict: func(key string, value int, cause memory.Cause) {
			fmt.Println(key, value, cause)
		},
	})
	for i, key := range []string{"a", "b", "c", "b"} {
		if err := c.Set(ctx, key, i, 0); err != nil {
			fmt.Println(err)
		}
	}
	if err := c.Delete(ctx, "c"); err != nil {
		fmt.Println(err)
	}
	// Output:
	// a 0 evicted
	// b 1 replaced
	// c 2 deleted
}

// Values are kept for as long as they say, and up to so many bytes together; those asked for least leave first.
func ExampleOptions_cost() {
	ctx := context.Background() // an example has no caller
	type page struct {
		body   string
		maxAge time.Duration
	}
	pages := memory.New(&memory.Options[string, page]{
		MaxCost: 10,
		Cost:    func(_ string, p page) int64 { return int64(len(p.body)) },
		TTLOf:   func(_ string, p page) time.Duration { return p.maxAge },
		Policy:  memory.LFU,
	})
	for path, p := range map[string]page{"/": {"home", time.Hour}, "/about": {"us", time.Hour}, "/now": {"noon", 0}} {
		if err := pages.Set(ctx, path, p, 0); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(pages.Contains(ctx, "/now")) // it had expired when it was written
	home, err := pages.Get(ctx, "/")
	fmt.Println(home.body, err)
	fmt.Println(pages.Set(ctx, "/large", page{"much too much", time.Hour}, 0))
	fmt.Println(pages.Cost(ctx))

	path, entry, err := pages.Evict(ctx)
	fmt.Println(path, entry.Value.body, err)
	// Output:
	// false <nil>
	// home <nil>
	// memory set: invalid value: it is too large
	// 6 <nil>
	// /about us <nil>
}

// A bound in bytes needs no function: the cache estimates what keys and values take, and what it needs itself.
func ExampleOptions_bytes() {
	ctx := context.Background() // an example has no caller
	type user struct {
		name string
		tags []string
	}
	users := memory.New(&memory.Options[int, user]{MaxBytes: 1 << 20})
	for id := range 100_000 {
		if err := users.Set(ctx, id, user{"Ada", []string{"admin", "staff"}}, 0); err != nil {
			fmt.Println(err)
		}
	}
	n, err := ctxcache.Len(ctx, users)
	fmt.Println(n > 5000, n < 10_000, err)
	cost, err := users.Cost(ctx)
	fmt.Println(cost > 900_000, cost <= 1<<20, err)
	// Output:
	// true true <nil>
	// true true <nil>
}

// A load that began before a deletion does not bring back what was deleted.
func ExampleCache_GetLease() {
	ctx := context.Background() // an example has no caller
	c := memory.New[string, string](nil)

	_, lease, err := c.GetLease(ctx, "user:1", 0)
	fmt.Println(err)
	loaded := "Ada" // slowly, from the source

	if err := c.Delete(ctx, "user:1"); err != nil { // meanwhile, by someone else
		fmt.Println(err)
	}
	fmt.Println(c.Fill(ctx, "user:1", lease, ctxcache.NewEntry(loaded, time.Hour)))
	fmt.Println(c.Get(ctx, "user:1"))
	// Output:
	// cache miss
	// lease lost
	//  cache miss
}

func ExampleCache_Stats() {
	ctx := context.Background() // an example has no caller
	c := memory.New[string, int](nil)
	for i := range 3 {
		if _, err := c.Get(ctx, "a"); err == ctxcache.ErrMiss {
			if err := c.Set(ctx, "a", i, 0); err != nil {
				fmt.Println(err)
			}
		}
	}
	stats, err := c.Stats(ctx)
	fmt.Printf("%d of %d reads hit, %d entry, %v\n", stats.Hits, stats.Reads, stats.Entries, err)
	// Output:
	// 2 of 3 reads hit, 1 entry, <nil>
}

// A bound can change while the cache is used. What no longer fits is evicted, as the policy says.
func ExampleCache_Resize() {
	ctx := context.Background()                                                               // an example has no caller
	users := memory.New(&memory.Options[int64, string]{MaxEntries: 100_000, Idle: time.Hour}) // the adaptive policy
	for id := range int64(5000) {
		if err := users.Set(ctx, id, "user", 0); err != nil {
			fmt.Println(err)
		}
	}
	err := users.Resize(ctx, memory.Bounds{Entries: 1000}) // less memory, from now on
	n, lenErr := ctxcache.Len(ctx, users)
	fmt.Println(n, err, lenErr)
	// Output:
	// 1000 <nil> <nil>
}

// The curve answers whether a larger cache would pay. Here it would: keys come again after more keys than fit.
func ExampleOptions_sizeCurve() {
	ctx := context.Background() // an example has no caller
	c := memory.New(&memory.Options[int, string]{MaxEntries: 16_000, Policy: memory.LRU, SizeCurve: true})
	for i := range 100_000 {
		page := i % 20_000
		if _, err := c.Get(ctx, page); err == ctxcache.ErrMiss {
			if err := c.Set(ctx, page, "page", 0); err != nil {
				fmt.Println(err)
			}
		}
	}
	stats, err := c.Stats(ctx)
	for _, p := range stats.SizeCurve {
		fmt.Printf("%gx: more than half of the reads hit: %v\n", p.Size, p.HitRate() > 0.5)
	}
	fmt.Println(err)
	// Output:
	// 0.25x: more than half of the reads hit: false
	// 0.5x: more than half of the reads hit: false
	// 1x: more than half of the reads hit: false
	// 2x: more than half of the reads hit: true
	// 4x: more than half of the reads hit: true
	// <nil>
}
