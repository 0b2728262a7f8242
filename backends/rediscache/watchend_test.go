package rediscache_test

import (
	"context"
	"errors"
	"net"
	"runtime"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// wantNoWatchers ends the test if the server keeps a connection of a Watch that has ended.
func wantNoWatchers(t *testing.T, client *redis.Client) {
	t.Helper()
	await(t, "the connection was closed", func() bool { return len(watchers(t, client)) == 0 })
}

func TestWatchEndsWithItsContext(t *testing.T) {
	server := redistest.Start(t)
	cache := newCache(t, server.Client(t), nil)
	for name, limit := range map[string]func(context.Context) (context.Context, context.CancelFunc){
		"cancelled": context.WithCancel,
		"too late": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, soon)
		},
	} {
		ctx, cancel := limit(t.Context())
		err := cache.Watch(ctx, func(ctxcache.Event) {
			if name == "cancelled" {
				cancel()
			}
		})
		if ctx.Err() == nil || err != ctx.Err() {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
		wantNoWatchers(t, server.Client(t))
		if err := cache.Watch(ctx, func(ctxcache.Event) { t.Error("an event") }); err != ctx.Err() {
			t.Errorf("%s before the call: %v", name, err)
		}
	}
}

// A context that ends while fn has events left ends them, too.
func TestWatchReportsNothingAfterItsContext(t *testing.T) {
	server := redistest.Start(t)
	client := server.Client(t)
	cache := newCache(t, server.Client(t), &rediscache.Options{Prefix: "p:"})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err := cache.Watch(ctx, func(e ctxcache.Event) {
		switch {
		case ctx.Err() != nil:
			t.Errorf("an event after the end: %+v", e)
		case e.Gap:
			must(t, client.MSet(t.Context(), "p:1", "", "p:2", "", "p:3", "").Err())
		default:
			cancel()
		}
	})
	if err != context.Canceled {
		t.Errorf("Watch: %v", err)
	}
}

func TestCloseEndsWatch(t *testing.T) {
	server := redistest.Start(t)
	for name, begin := range map[string]func(t *testing.T, cache *rediscache.Cache) error{
		"while it waits": func(t *testing.T, cache *rediscache.Cache) error {
			f := follow(t, cache)
			must(t, cache.Close())
			return f.end()
		},
		"in its function": func(t *testing.T, cache *rediscache.Cache) error {
			return cache.Watch(context.WithoutCancel(t.Context()), func(ctxcache.Event) { must(t, cache.Close()) })
		},
		"before it": func(t *testing.T, cache *rediscache.Cache) error {
			must(t, cache.Close())
			return cache.Watch(t.Context(), func(ctxcache.Event) { t.Error("an event") })
		},
	} {
		cache := rediscache.New(server.Client(t), nil)
		if err := begin(t, cache); !errors.Is(err, ctxcache.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
		must(t, cache.Close())
		wantNoWatchers(t, server.Client(t))
	}
}

func TestWatchPassesOnAPanic(t *testing.T) {
	server := redistest.Start(t)
	cache := newCache(t, server.Client(t), nil)
	func() {
		defer func() {
			if value := recover(); value != "of fn" {
				t.Errorf("recovered %v", value)
			}
		}()
		_ = cache.Watch(t.Context(), func(ctxcache.Event) { panic("of fn") })
	}()
	wantNoWatchers(t, server.Client(t))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cache.Watch(t.Context(), func(ctxcache.Event) { runtime.Goexit() })
		t.Error("Watch has returned after Goexit")
	}()
	<-ended
	wantNoWatchers(t, server.Client(t))
}

// Each Watch has its own connection, and the others go on when one ends.
func TestWatchesOfOneCache(t *testing.T) {
	server := redistest.Start(t)
	client := server.Client(t)
	cache := newCache(t, server.Client(t), &rediscache.Options{Prefix: "p:"})
	var all []*follower
	for range 5 {
		all = append(all, follow(t, cache))
	}
	if n := len(watchers(t, client)); n != len(all) {
		t.Errorf("%d connections for %d calls", n, len(all))
	}
	all[0].stop()
	await(t, "one connection was closed", func() bool { return len(watchers(t, client)) == len(all)-1 })
	must(t, client.Set(t.Context(), "p:key", "new", 0).Err())
	for _, f := range all[1:] {
		if e := f.next(); e.Key != "p:key" {
			t.Errorf("%+v", e)
		}
	}
}

// A Dialer that takes no notice of its context does not keep the caller.
func TestWatchLeavesADialThatHangs(t *testing.T) {
	dialling, release := make(chan struct{}), make(chan struct{})
	client := redis.NewClient(&redis.Options{Dialer: func(context.Context, string, string) (net.Conn, error) {
		close(dialling)
		<-release
		here, there := net.Pipe()
		_ = there.Close()
		return here, nil
	}, MaxRetries: -1})
	t.Cleanup(func() { must(t, client.Close()) })
	cache := newCache(t, client, nil)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- cache.Watch(ctx, func(ctxcache.Event) { t.Error("an event") }) }()
	<-dialling
	cancel()
	if err := <-ended; err != context.Canceled {
		t.Errorf("Watch: %v", err)
	}
	close(release) // Close of the cache waits for the goroutine of the dial
}

// A Watch does not count as a running call.
func TestWatchHoldsNoCall(t *testing.T) {
	server := redistest.Start(t)
	options := bounded()
	options.MaxCalls = 1
	cache := newCache(t, server.Client(t), options)
	f := follow(t, cache)
	must(t, cache.Set(t.Context(), "key", nil, hour))
	if e := f.next(); e.Key != "p:key" {
		t.Errorf("%+v", e)
	}
}
