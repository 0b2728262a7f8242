package tested_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/examples/tested"
	"github.com/ctxcache/cached/layers"
)

// A cache in memory has no goroutine and no server. In a bubble of testing/synctest a minute takes no time.
func TestAProfileIsLoadedAgainAfterAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := newDirectory()
		service := tested.NewProfiles(memory.New(&memory.Options[string, tested.Profile]{MaxEntries: 10}), source)
		for range 3 {
			if _, err := service.Greeting(t.Context(), "ada"); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		if _, err := service.Greeting(t.Context(), "ada"); err != nil {
			t.Fatal(err)
		}
		if asked := source.asked.Load(); asked != 2 {
			t.Errorf("the source was asked %d times, want 2", asked)
		}
	})
}

// A fake Redis runs in the process of the test. It shows what is stored, and two services may share it.
func TestTwoServicesShareAProfile(t *testing.T) {
	server := miniredis.RunT(t)
	source := newDirectory()
	service := func() *tested.Profiles {
		store, err := rediscache.Open("redis://"+server.Addr(), &rediscache.Options{
			Prefix: "profile:",
			// A busy machine may take longer than the defaults. The service would then ask the source again.
			ReadTimeout: time.Minute, WriteTimeout: time.Minute,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() }) // the server ends with the test anyway
		return tested.NewProfiles(layers.Encoded(store, layers.JSON[tested.Profile]{}, nil), source)
	}
	first, second := service(), service()
	if _, err := first.Greeting(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	if _, err := second.Greeting(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	if asked := source.asked.Load(); asked != 1 {
		t.Errorf("the source was asked %d times, want 1", asked)
	}
	if stored, err := server.Get("profile:ada"); stored != `{"Name":"Ada"}` || err != nil {
		t.Errorf("Redis has %q, %v", stored, err)
	}
	server.FastForward(time.Minute)
	if server.Exists("profile:ada") {
		t.Error("Redis keeps the profile for more than a minute")
	}
}

// A cache with injected faults shows what callers see while the cache is down.
func TestTheServiceWorksWithoutItsCache(t *testing.T) {
	cache, faults := cachetest.Failing(memory.New(&memory.Options[string, tested.Profile]{MaxEntries: 10}))
	service := tested.NewProfiles(cache, newDirectory())
	faults.Fail(errors.New("connection refused"), cachetest.Target{})
	if greeting, err := service.Greeting(t.Context(), "ada"); greeting != "Hello, Ada" || err != nil {
		t.Errorf("without the cache: %q, %v", greeting, err)
	}
	if err := service.Renamed(t.Context(), "ada"); err == nil {
		t.Error("a deletion that did not reach the cache succeeds")
	}
}

func ExampleNewProfiles() {
	ctx := context.Background()
	service := tested.NewProfiles(memory.New(&memory.Options[string, tested.Profile]{MaxEntries: 10}), newDirectory())
	fmt.Println(service.Greeting(ctx, "ada"))
	_, err := service.Greeting(ctx, "eve")
	fmt.Println(errors.Is(err, ctxcache.ErrNotFound))
	fmt.Println(service.Close(ctx))
	// Output:
	// Hello, Ada <nil>
	// true
	// <nil>
}
