package rediscache_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// promptly bounds how late a caller may leave. It is far below the time after which the client itself gives up.
const promptly = redistest.Patience / 3

// impatient calls fn with a deadline of 50 ms, and fails the test if it does not answer with that.
func impatient(t *testing.T, fn func(ctx context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if err := fn(ctx); err != context.DeadlineExceeded {
		t.Errorf("got %v, want the bare %v", err, context.DeadlineExceeded)
	}
	if took := time.Since(begin); took > promptly {
		t.Errorf("the caller left after %v", took)
	}
}

func TestLateGrantIsGivenBack(t *testing.T) {
	server := redistest.Start(t)
	client := server.Client(t)
	cache := newCache(t, client, &rediscache.Options{Prefix: "p:", LeaseTTL: hour})
	must(t, client.Ping(t.Context()).Err())
	granted := func() bool { return commandCalls(t, client, "pexpire") > 0 }
	removed := func() bool { return commandCalls(t, client, "del") > 0 }

	// The script is known already, and the commands that it calls were not called.
	if _, _, err := cache.GetLease(t.Context(), "free", 0); err != ctxcache.ErrMiss {
		t.Fatal(err)
	}
	must(t, cache.Delete(t.Context(), "free"))
	must(t, client.ConfigResetStat(t.Context()).Err())

	server.Pause()
	impatient(t, func(ctx context.Context) error {
		_, _, err := cache.GetLease(ctx, "free", 0)
		return err
	})
	server.Resume()
	await(t, "the late grant arrived", granted)
	await(t, "it was given back", removed)
	if n, err := client.Exists(t.Context(), "p:free").Result(); err != nil || n != 0 {
		t.Errorf("the marker of a caller who left is still there: %d, %v", n, err)
	}
}

func TestCloseReleasesCallersOfAServerThatHangs(t *testing.T) {
	for name, derive := range map[string]func(context.Context) context.Context{
		"in time":           func(ctx context.Context) context.Context { return ctx },
		"that cannot leave": context.WithoutCancel,
	} {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t)
			cache, err := rediscache.Open(server.URL(), &rediscache.Options{Prefix: "p:"})
			must(t, err)
			must(t, cache.Set(t.Context(), "held", []byte("value"), hour)) // a connection is made
			server.Pause()
			defer server.Resume()
			answer := make(chan error)
			go func() {
				_, err := cache.Get(derive(t.Context()), "held")
				answer <- err
			}()
			go cache.Close() // twice does no harm
			must(t, cache.Close())
			if err := <-answer; !errors.Is(err, ctxcache.ErrClosed) {
				t.Errorf("a call that Close ended: %v", err)
			}
			if _, err := cache.Get(t.Context(), "held"); !errors.Is(err, ctxcache.ErrClosed) {
				t.Errorf("a call after Close: %v", err)
			}
		})
	}
}

func TestCloseWaitsForTheClientButCallersDoNot(t *testing.T) {
	server := redistest.Start(t)
	client := server.Client(t)
	sent := record(client)
	cache := newCache(t, client, &rediscache.Options{Prefix: "p:"})
	must(t, cache.Set(t.Context(), "held", []byte("value"), hour))
	sent.take()
	server.Pause()
	answer := make(chan error)
	go func() {
		_, err := cache.Get(t.Context(), "held")
		answer <- err
	}()
	await(t, "the call was on its way", func() bool { return len(sent.take()) > 0 })
	closed := make(chan error)
	go func() { closed <- cache.Close() }()
	begin := time.Now()
	if err := <-answer; !errors.Is(err, ctxcache.ErrClosed) {
		t.Errorf("a call that Close ended: %v", err)
	}
	if took := time.Since(begin); took > promptly {
		t.Errorf("the caller left after %v", took)
	}
	server.Resume()
	must(t, <-closed)
}
