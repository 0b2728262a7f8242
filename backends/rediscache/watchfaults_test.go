package rediscache_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// soon is a WatchTimeout for tests that wait for it.
const soon = 100 * time.Millisecond

// watchFaults are faults that end a Watch. Each of them also says how the server comes back.
var watchFaults = map[string]struct {
	fail    func(t *testing.T, server *redistest.Server, proxy *redistest.Proxy)
	restore func(server *redistest.Server, proxy *redistest.Proxy)
	silent  bool // the connection is still there, so only the silence shows that it is useless
}{
	"the server hangs": {
		func(_ *testing.T, server *redistest.Server, _ *redistest.Proxy) { server.Pause() },
		func(server *redistest.Server, _ *redistest.Proxy) { server.Resume() }, true,
	},
	"the server dies": {
		func(_ *testing.T, server *redistest.Server, _ *redistest.Proxy) { server.Stop() },
		func(server *redistest.Server, _ *redistest.Proxy) { server.Restart() }, false,
	},
	"the connection is killed": {
		func(t *testing.T, server *redistest.Server, _ *redistest.Proxy) {
			client := server.Client(t)
			for _, id := range watchers(t, client) {
				must(t, client.Do(t.Context(), "CLIENT", "KILL", "ID", id).Err())
			}
		},
		func(*redistest.Server, *redistest.Proxy) {}, false,
	},
	"the connection is cut": {
		func(_ *testing.T, _ *redistest.Server, proxy *redistest.Proxy) { proxy.Cut() },
		func(_ *redistest.Server, proxy *redistest.Proxy) { proxy.Restore() }, false,
	},
	"the network loses everything": {
		func(_ *testing.T, _ *redistest.Server, proxy *redistest.Proxy) { proxy.Silence() },
		func(_ *redistest.Server, proxy *redistest.Proxy) { proxy.Restore() }, true,
	},
}

// through returns a client of a server behind a proxy.
func through(t *testing.T, server *redistest.Server, proxy *redistest.Proxy) *redis.Client {
	t.Helper()
	options := server.Options()
	options.Addr, options.MaxRetries, options.DialerRetries = proxy.Addr, -1, 1
	client := redis.NewClient(options)
	t.Cleanup(func() { must(t, client.Close()) })
	return client
}

// A Watch that cannot report changes any more returns. When the server is back, another one works.
func TestWatchEndsIfItCannotReport(t *testing.T) {
	for name, fault := range watchFaults {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t)
			proxy := redistest.StartProxy(t, server.Addr)
			cache := newCache(t, through(t, server, proxy), &rediscache.Options{Prefix: "p:", WatchTimeout: soon})
			f := follow(t, cache)
			fault.fail(t, server, proxy)
			err := f.end()
			wantEnded(t, err)
			if timeout := errors.Is(err, ctxcache.ErrTimeout); timeout != fault.silent {
				t.Errorf("Watch: %v, and a timeout is %v", err, timeout)
			}
			fault.restore(server, proxy)
			client := server.Client(t)
			await(t, "a new Watch works", func() bool {
				f := startFollowing(t, cache)
				select {
				case err := <-f.ended:
					f.ended <- err
					return false
				case e := <-f.events:
					if !e.Gap {
						t.Fatalf("the first event is %+v, want a Gap", e)
					}
				}
				must(t, client.Set(t.Context(), "p:key", "new", 0).Err())
				if got := keysOf(f.heard(client, "p:last")); got != "p:key" {
					t.Errorf("events about %q", got)
				}
				return true
			})
		})
	}
}

// A Watch of a server that hangs when it begins ends by the WriteTimeout.
func TestWatchOfAServerThatHangs(t *testing.T) {
	server := redistest.Start(t)
	options := bounded()
	options.WriteTimeout = 20 * time.Millisecond
	cache := newCache(t, server.Client(t), options)
	server.Pause()
	defer server.Resume()
	err := cache.Watch(context.WithoutCancel(t.Context()), func(ctxcache.Event) { t.Error("an event") })
	if wantEnded(t, err); !errors.Is(err, ctxcache.ErrTimeout) {
		t.Errorf("Watch: %v", err)
	}
}

func TestWatchOfAServerThatIsDown(t *testing.T) {
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
	t.Cleanup(func() { must(t, client.Close()) })
	wantEnded(t, newCache(t, client, nil).Watch(t.Context(), func(ctxcache.Event) { t.Error("an event") }))
}

// A server without changes is asked to answer, and it does, even if the account may not send a PING.
func TestWatchOfAnIdleServerGoesOn(t *testing.T) {
	for name, rule := range map[string]string{"may send a PING": "+ping", "may not": "-ping"} {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t, "--timeout", "1") // it closes connections that are idle
			direct := server.Client(t)
			cache := newCache(t, account(t, server, "~*", "&*", "+@all", rule),
				&rediscache.Options{Prefix: "p:", WatchTimeout: 10 * soon})
			f := follow(t, cache)
			await(t, "Watch has asked three times", func() bool {
				if rule == "-ping" {
					stats, err := direct.Info(t.Context(), "commandstats").Result()
					must(t, err)
					return rejected(stats, "ping") >= 3
				}
				return commandCalls(t, direct, "ping") >= 3
			})
			must(t, direct.Set(t.Context(), "p:key", "new", 0).Err())
			if got := keysOf(f.heard(direct, "p:last")); got != "p:key" {
				t.Errorf("events about %q", got)
			}
		})
	}
}

// A fn that is too slow for the changes ends its Watch, because the server ends the connection.
func TestWatchWithASlowFunction(t *testing.T) {
	server := redistest.Start(t, "--client-output-buffer-limit", "pubsub", "100kb", "0", "0")
	client := server.Client(t)
	cache := newCache(t, server.Client(t), &rediscache.Options{Prefix: "p:"})
	begun, release := make(chan struct{}), make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		ended <- cache.Watch(t.Context(), func(e ctxcache.Event) {
			if e.Gap {
				close(begun)
				<-release
			}
		})
	}()
	<-begun
	long := string(make([]byte, 100_000))
	await(t, "the server has ended the connection", func() bool {
		must(t, client.Set(t.Context(), "p:"+long, "", hour).Err())
		return len(watchers(t, client)) == 0
	})
	close(release)
	wantEnded(t, <-ended)
}

// A fn that is slow, but not too slow, misses nothing, however long it takes.
func TestWatchWaitsForItsFunction(t *testing.T) {
	server := redistest.Start(t)
	client := server.Client(t)
	cache := newCache(t, server.Client(t), &rediscache.Options{Prefix: "p:", WatchTimeout: soon})
	begun, release := make(chan struct{}), make(chan struct{})
	keys := make(chan any, 1)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- cache.Watch(ctx, func(e ctxcache.Event) {
			if e.Gap {
				close(begun)
				<-release
				return
			}
			keys <- e.Key
		})
	}()
	<-begun
	must(t, client.Set(t.Context(), "p:key", "new", 0).Err())
	must(t, client.Set(t.Context(), "q:clock", "", 3*soon).Err())
	await(t, "the timeout was over", func() bool { return client.Exists(t.Context(), "q:clock").Val() == 0 })
	close(release)
	if key := <-keys; key != "p:key" {
		t.Errorf("an event about %q", key)
	}
	cancel()
	if err := <-ended; err != context.Canceled {
		t.Errorf("Watch: %v", err)
	}
}
