package ctxcache_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// newUsers returns a cache with two users, as the examples want it.
func newUsers(ctx context.Context) ctxcache.Cache[string, string] {
	users := memory.New[string, string](nil)
	if err := ctxcache.SetMany(ctx, users, map[string]string{"ada": "Ada Lovelace", "emmy": "Emmy Noether"}, time.Hour); err != nil {
		fmt.Println(err)
	}
	return users
}

func ExampleCache() {
	ctx := context.Background()
	users := newUsers(ctx)

	name, err := users.Get(ctx, "ada")
	fmt.Println(name, err)
	fmt.Println(users.Set(ctx, "bob", "Bob", time.Minute))
	fmt.Println(users.Delete(ctx, "ada"))
	_, err = users.Get(ctx, "ada")
	fmt.Println(err == ctxcache.ErrMiss)
	// Output:
	// Ada Lovelace <nil>
	// <nil>
	// <nil>
	// true
}

func ExampleContains() {
	ctx := context.Background()
	fmt.Println(ctxcache.Contains(ctx, newUsers(ctx), "ada"))
	// Output: true <nil>
}

func ExampleRemove() {
	ctx := context.Background()
	users := newUsers(ctx)
	fmt.Println(ctxcache.Remove(ctx, users, "ada")) // it was there
	fmt.Println(ctxcache.Remove(ctx, users, "ada"))
	// Output:
	// true <nil>
	// false <nil>
}

func ExampleGetEntry() {
	ctx := context.Background()
	e, err := ctxcache.GetEntry(ctx, newUsers(ctx), "ada")
	fmt.Println(e.Value, e.TTL.Round(time.Minute), err)
	// Output: Ada Lovelace 1h0m0s <nil>
}

// A negative entry says that the source has no such thing, so that there is no use in asking it.
func ExampleSetEntry() {
	ctx := context.Background()
	users := newUsers(ctx)
	nobody := ctxcache.Entry[string]{Meta: ctxcache.Meta{Absent: true, TTL: time.Minute}}
	fmt.Println(ctxcache.SetEntry(ctx, users, "nobody", nobody))
	_, err := users.Get(ctx, "nobody")
	fmt.Println(err == ctxcache.ErrNotFound)
	// Output:
	// <nil>
	// true
}

func ExampleGetMany() {
	ctx := context.Background()
	found, err := ctxcache.GetMany(ctx, newUsers(ctx), []string{"ada", "emmy", "absent"})
	fmt.Println(found, err)
	// Output: map[ada:Ada Lovelace emmy:Emmy Noether] <nil>
}

func ExampleGetEntries() {
	ctx := context.Background()
	found, err := ctxcache.GetEntries(ctx, newUsers(ctx), []string{"ada", "absent"})
	fmt.Println(len(found), found["ada"].TTL.Round(time.Minute), err)
	// Output: 1 1h0m0s <nil>
}

func ExampleSetMany() {
	ctx := context.Background()
	users := memory.New[string, string](nil)
	fmt.Println(ctxcache.SetMany(ctx, users, map[string]string{"ada": "Ada", "bob": "Bob"}, time.Minute))
	fmt.Println(ctxcache.Len(ctx, users))
	// Output:
	// <nil>
	// 2 <nil>
}

// Entries that are set together may have lives of their own. The error names the keys that failed.
func ExampleSetEntries() {
	ctx := context.Background()
	users := memory.New[string, string](nil)
	err := ctxcache.SetEntries(ctx, users, map[string]ctxcache.Entry[string]{
		"ada": ctxcache.NewEntry("Ada", time.Hour),
		"bob": ctxcache.NewEntry("Bob", -time.Second),
	})
	fmt.Println(errors.Is(ctxcache.KeyError(err, "bob"), ctxcache.ErrTTL), ctxcache.KeyError(err, "ada"))
	// Output: true <nil>
}

func ExampleDeleteMany() {
	ctx := context.Background()
	users := newUsers(ctx)
	fmt.Println(ctxcache.DeleteMany(ctx, users, []string{"ada", "absent"}))
	fmt.Println(ctxcache.Len(ctx, users))
	// Output:
	// <nil>
	// 1 <nil>
}

func ExampleLenIn() {
	ctx := context.Background()
	fmt.Println(ctxcache.LenIn(ctx, newUsers(ctx), ctxcache.Scope[string]{Prefix: "a"}))
	// Output: 1 <nil>
}

func ExampleClear() {
	ctx := context.Background()
	users := newUsers(ctx)
	fmt.Println(ctxcache.Clear(ctx, users))
	fmt.Println(ctxcache.Len(ctx, users))
	// Output:
	// <nil>
	// 0 <nil>
}

func ExampleClearIn() {
	ctx := context.Background()
	users := newUsers(ctx)
	long := func(key string) bool { return len(key) > 3 }
	fmt.Println(ctxcache.ClearIn(ctx, users, ctxcache.Scope[string]{Match: long}))
	fmt.Println(ctxcache.Len(ctx, users))
	// Output:
	// <nil>
	// 1 <nil>
}

func ExampleKeys() {
	ctx := context.Background()
	var keys []string
	for key, err := range ctxcache.Keys(ctx, newUsers(ctx)) {
		if err != nil {
			fmt.Println(err)
			break
		}
		keys = append(keys, key)
	}
	slices.Sort(keys)
	fmt.Println(keys)
	// Output: [ada emmy]
}

// A follower drops its copies of what changes. The first event is a gap.
func ExampleWatch() {
	ctx, stop := context.WithCancel(context.Background())
	users := newUsers(ctx)
	events := make(chan ctxcache.Event)
	done := make(chan error)
	go func() { done <- ctxcache.Watch(ctx, users, func(e ctxcache.Event) { events <- e }) }()

	fmt.Println((<-events).Gap)
	go func() { _ = users.Delete(ctx, "ada") }() // by somebody else
	fmt.Println((<-events).Key == ctxcache.StoredKey(users, "ada"))
	stop()
	fmt.Println(<-done)
	// Output:
	// true
	// true
	// context canceled
}

// The lease of a load is lost when the key is set, deleted or cleared. The old value is then not stored.
func ExampleGetLease() {
	ctx := context.Background()
	users := newUsers(ctx)

	_, lease, err := ctxcache.GetLease(ctx, users, "bob", 0)
	fmt.Println(lease.Granted(), err)
	_, second, _ := ctxcache.GetLease(ctx, users, "bob", 0)
	fmt.Println(second.Granted(), second.Refusal())

	loaded := "Bob" // from the source, slowly
	if err := users.Set(ctx, "bob", "Robert", time.Hour); err != nil {
		fmt.Println(err)
	}
	fmt.Println(ctxcache.Fill(ctx, users, "bob", lease, ctxcache.NewEntry(loaded, time.Hour)))
	fmt.Println(users.Get(ctx, "bob"))
	// Output:
	// true cache miss
	// false another load
	// lease lost
	// Robert <nil>
}

// A refresh takes a lease on a key that is present. NoExpiry makes every key due.
func ExampleFill() {
	ctx := context.Background()
	users := newUsers(ctx)
	old, lease, err := ctxcache.GetLease(ctx, users, "ada", ctxcache.NoExpiry)
	fmt.Println(old.Value, lease.Granted(), err)
	fmt.Println(ctxcache.Fill(ctx, users, "ada", lease, ctxcache.NewEntry("Augusta Ada King", time.Hour)))
	// Output:
	// Ada Lovelace true <nil>
	// <nil>
}

// A load of many keys: one call for the leases, one for the fills, and one to give back the rest.
func ExampleFillMany() {
	ctx := context.Background()
	users := newUsers(ctx)

	found, leases, err := ctxcache.GetLeases(ctx, users, []string{"ada", "bob", "nobody"}, 0)
	fmt.Println(len(found), len(leases), err)
	loaded := map[string]ctxcache.Entry[string]{"bob": ctxcache.NewEntry("Bob", time.Hour)} // the source has no "nobody"
	fmt.Println(ctxcache.FillMany(ctx, users, loaded, leases))

	maps.DeleteFunc(leases, func(key string, _ ctxcache.Lease) bool { _, filled := loaded[key]; return filled })
	fmt.Println(ctxcache.ReleaseMany(ctx, users, leases))
	// Output:
	// 1 2 <nil>
	// <nil>
	// <nil>
}

// To release a lease is to ask whether anything has invalidated the key since the grant.
func ExampleRelease() {
	ctx := context.Background()
	users := newUsers(ctx)
	_, lease, _ := ctxcache.GetLease(ctx, users, "bob", 0)
	if err := users.Delete(ctx, "bob"); err != nil {
		fmt.Println(err)
	}
	fmt.Println(ctxcache.Release(ctx, users, "bob", lease))
	// Output: lease lost
}

// If a refreshed value cannot be stored, the old one must not stay.
func ExampleDrop() {
	ctx := context.Background()
	users := newUsers(ctx)
	_, lease, _ := ctxcache.GetLease(ctx, users, "ada", ctxcache.NoExpiry)
	err := ctxcache.Fill(ctx, users, "ada", lease, ctxcache.NewEntry("Augusta Ada King", -1))
	fmt.Println(errors.Is(err, ctxcache.ErrTTL))
	fmt.Println(ctxcache.Drop(ctx, users, "ada", lease))
	_, err = users.Get(ctx, "ada")
	fmt.Println(err)
	// Output:
	// true
	// <nil>
	// cache miss
}

func ExampleGetStats() {
	ctx := context.Background()
	users := newUsers(ctx)
	_, _ = users.Get(ctx, "ada")
	_, _ = users.Get(ctx, "absent")
	stats, err := ctxcache.GetStats(ctx, users)
	fmt.Println(stats.Hits, stats.Misses, stats.HitRate(), err)
	// Output: 1 1 0.5 <nil>
}

func ExampleSupports() {
	caps := ctxcache.Supports[string, string](memory.New[string, string](nil))
	fmt.Println(caps.Has(ctxcache.CapLease|ctxcache.CapWatch), caps.Scopes() == ctxcache.ScopesAny)
	fmt.Println(strings.HasPrefix(caps.String(), "contains|remove|entry"))
	// Output:
	// true true
	// true
}

func ExampleCloseAll() {
	ctx := context.Background()
	users := memory.New[string, string](nil)
	fmt.Println(ctxcache.CloseAll(ctx, users))
	_, err := users.Get(ctx, "ada")
	fmt.Println(errors.Is(err, ctxcache.ErrClosed))
	// Output:
	// <nil>
	// true
}
