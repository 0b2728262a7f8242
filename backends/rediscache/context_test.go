package rediscache_test

import (
	"context"
	"errors"
	"slices"
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

func TestCallersLeaveAServerThatHangs(t *testing.T) {
	server := redistest.Start(t)
	client := server.Client(t)
	cache := newCache(t, client, &rediscache.Options{Prefix: "p:", LeaseTTL: hour})
	must(t, cache.Set(t.Context(), "held", []byte("value"), hour))
	held := absentLease(t, t.Context(), cache, "filled")
	t.Run("paused", func(t *testing.T) {
		server.Pause()
		defer server.Resume()
		for _, operation := range operations() {
			t.Run(operation.name, func(t *testing.T) {
				impatient(t, func(ctx context.Context) error { return operation.call(ctx, cache) })
			})
		}
		t.Run("Fill", func(t *testing.T) {
			impatient(t, func(ctx context.Context) error { return cache.Fill(ctx, "filled", held, entry{Value: []byte("value")}) })
		})
		t.Run("Release", func(t *testing.T) {
			impatient(t, func(ctx context.Context) error { return cache.Release(ctx, "filled", held) })
		})
		t.Run("Drop", func(t *testing.T) {
			impatient(t, func(ctx context.Context) error { return cache.Drop(ctx, "filled", held) })
		})
		t.Run("FillMany", func(t *testing.T) {
			impatient(t, func(ctx context.Context) error {
				return cache.FillMany(ctx, map[string]entry{"filled": {}}, map[string]lease{"filled": held})
			})
		})
		t.Run("ReleaseMany", func(t *testing.T) {
			impatient(t, func(ctx context.Context) error {
				return cache.ReleaseMany(ctx, map[string]lease{"filled": held})
			})
		})
	})
	// The server has answered all of that by and by. Leases on "free" were granted to callers who had left.
	await(t, "late leases were given back", func() bool {
		_, l, err := cache.GetLease(t.Context(), "free", 0)
		if err != ctxcache.ErrMiss {
			t.Fatal(err)
		}
		return l.Granted() && cache.Release(t.Context(), "free", l) == nil
	})
}

func TestLateGrantIsGivenBack(t *testing.T) {
	server := redistest.Start(t)
	client := server.Client(t)
	cache := newCache(t, client, &rediscache.Options{Prefix: "p:", LeaseTTL: hour})
	must(t, client.Ping(t.Context()).Err())
	granted := func() bool { return commandCalls(t, client, "pexpireat") > 0 }
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

func TestAbandonedCallsDoNotShareTheirArguments(t *testing.T) {
	server := redistest.Start(t)
	cache := newCache(t, server.Client(t), &rediscache.Options{Prefix: "p:"})
	must(t, cache.Set(t.Context(), "key", nil, hour))
	keys := []string{"a", "b", "c"}
	leases := map[string]lease{"a": {}}
	entries := map[string]entry{"a": ctxcache.NewEntry[[]byte](nil, hour)}
	for name, call := range map[string]func(ctx context.Context) error{
		"GetEntries": func(ctx context.Context) error { return second(cache.GetEntries(ctx, keys)) },
		"SetEntries": func(ctx context.Context) error { return cache.SetEntries(ctx, entries) },
		"DeleteMany": func(ctx context.Context) error { return cache.DeleteMany(ctx, keys) },
		"GetLeases": func(ctx context.Context) error {
			_, _, err := cache.GetLeases(ctx, keys, 0)
			return err
		},
		"FillMany": func(ctx context.Context) error {
			if err := cache.FillMany(ctx, entries, leases); !errors.Is(err, ctxcache.ErrLeaseLost) {
				return err
			}
			return nil
		},
		"ReleaseMany": func(ctx context.Context) error {
			if err := cache.ReleaseMany(ctx, leases); !errors.Is(err, ctxcache.ErrLeaseLost) {
				return err
			}
			return nil
		},
	} {
		for range 100 { // for the race detector to see the caller leave while the call still reads
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error)
			go func() { done <- call(ctx) }()
			cancel()
			if err := <-done; err != nil && err != context.Canceled {
				t.Fatalf("%s: %v", name, err)
			}
			slices.Reverse(keys)
			leases[name] = ctxcache.NewLease(name) // of another cache
			entries[name] = ctxcache.NewEntry[[]byte](nil, hour)
		}
	}
}

func TestMaxCallsCountsAbandonedCalls(t *testing.T) {
	server := redistest.Start(t)
	cache := newCache(t, server.Client(t), &rediscache.Options{Prefix: "p:", MaxCalls: 1})
	must(t, cache.Set(t.Context(), "key", []byte("value"), hour))
	server.Pause()
	get := func(ctx context.Context) error {
		_, err := cache.Get(ctx, "key")
		return err
	}
	impatient(t, get) // has the only slot still
	impatient(t, get) // waits for it
	server.Resume()
	must(t, get(t.Context()))
}

func TestContextThatCannotEnd(t *testing.T) {
	cache := newCache(t, redistest.Shared(t).Client(t), &rediscache.Options{Prefix: nextPrefix()})
	forever := context.WithoutCancel(t.Context())
	must(t, cache.Set(forever, "held", []byte("value"), hour))
	for _, operation := range operations() {
		if err := operation.call(forever, cache); err != nil {
			t.Errorf("%s: %v", operation.name, err)
		}
	}
}
