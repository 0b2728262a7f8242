package rediscache_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// With a Channel, near copies follow the changes of other processes over RESP2, whatever the layers do to the keys.
func TestCoherentByAChannel(t *testing.T) {
	for name, layers := range stacks {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t)
			options := &rediscache.Options{Prefix: "p:", Channel: "changes"}
			one, two := newNode(t, resp2(t, server), options, layers), newNode(t, resp2(t, server), options, layers)
			ctx := t.Context()
			for i, key := range []string{"", "a", "b", "ab", "\x00\r\n\xff"} {
				want := "value " + strconv.Itoa(i)
				must(t, two.Set(ctx, "kept", []byte("kept"), hour))
				must(t, two.Set(ctx, key, []byte("old"), hour))
				two.settle(t)
				one.settle(t)
				for _, key := range []string{key, "kept"} {
					if one.hits(t, key); !one.hits(t, key) {
						t.Fatalf("near has no copy of %q", key)
					}
				}
				must(t, two.Set(ctx, key, []byte(want), hour))
				await(t, "near has followed", func() bool {
					got, err := one.Get(ctx, key)
					must(t, err)
					return string(got) == want
				})
				if !one.hits(t, "kept") {
					t.Error("another key was dropped")
				}
				must(t, two.Delete(ctx, key))
				await(t, "near has followed the deletion", func() bool {
					_, err := one.Get(ctx, key)
					return err == ctxcache.ErrMiss
				})
			}
		})
	}
}

// While near cannot follow the channel, it is not used, and when it follows again it has nothing from before.
func TestCoherentByAChannelForgetsWhatItCouldNotFollow(t *testing.T) {
	for name, fault := range channelFaults {
		if name == "the database is flushed" { // the stream goes on: see the next test
			continue
		}
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t)
			proxy := redistest.StartProxy(t, server.Addr)
			n := newNode(t, through(t, server, proxy), &rediscache.Options{
				Prefix: "p:", Channel: "changes", ReadTimeout: 10 * soon, WriteTimeout: 10 * soon, WatchTimeout: 10 * soon,
			}, bare)
			other := newCache(t, server.Client(t), &rediscache.Options{Prefix: "p:", Channel: "changes"})
			must(t, n.far.Set(t.Context(), "key", []byte("old"), hour))
			n.settle(t)
			if n.hits(t, "key"); !n.hits(t, "key") {
				t.Fatal("near has no copy")
			}
			fault.fail(t, server, proxy)
			wantEnded(t, <-n.failed)
			fault.restore(server, proxy)
			await(t, "the server is back", func() bool { return other.Set(t.Context(), "key", []byte("new"), hour) == nil })
			await(t, "near follows again", func() bool {
				before := n.farReads()
				value, err := n.Get(t.Context(), "key")
				if err == nil && string(value) != "new" {
					t.Fatalf("Get: %q after it was overwritten", value)
				}
				return err == nil && n.farReads() == before
			})
			must(t, other.Set(t.Context(), "key", []byte("newer"), hour))
			await(t, "near has followed a change", func() bool {
				value, err := n.Get(t.Context(), "key")
				return err == nil && string(value) == "newer"
			})
		})
	}
}

// A FLUSHALL by another client empties near, too, although nobody publishes it.
func TestCoherentByAChannelFollowsFlushAll(t *testing.T) {
	server := redistest.Start(t)
	n := newNode(t, resp2(t, server), &rediscache.Options{Prefix: "p:", Channel: "changes", WatchTimeout: 10 * soon}, bare)
	must(t, n.far.Set(t.Context(), "key", []byte("old"), hour))
	n.settle(t)
	if n.hits(t, "key"); !n.hits(t, "key") {
		t.Fatal("near has no copy")
	}
	must(t, server.Client(t).FlushAll(t.Context()).Err())
	await(t, "near has followed", func() bool {
		_, err := n.Get(t.Context(), "key")
		return err == ctxcache.ErrMiss
	})
}

// Close ends the connection of the near cache.
func TestCloseOfCoherentByAChannelLeavesNoConnection(t *testing.T) {
	server := redistest.Start(t)
	direct := server.Client(t)
	subscribers := func() bool {
		n, err := direct.PubSubNumSub(t.Context(), "changes").Result()
		must(t, err)
		return n["changes"] > 0
	}
	cache := newCache(t, resp2(t, server), &rediscache.Options{Channel: "changes"})
	ctx, cancel := context.WithCancel(t.Context())
	watch := func(ctx context.Context) chan error {
		ended := make(chan error, 1)
		go func() { ended <- cache.Watch(ctx, func(ctxcache.Event) {}) }()
		await(t, "it watches", subscribers)
		return ended
	}
	ended := watch(ctx)
	cancel()
	if err := <-ended; err != context.Canceled {
		t.Errorf("Watch: %v", err)
	}
	await(t, "the connection is gone", func() bool { return !subscribers() })
	ended = watch(t.Context())
	must(t, cache.Close())
	if err := <-ended; !errors.Is(err, ctxcache.ErrClosed) {
		t.Errorf("Watch: %v", err)
	}
	await(t, "the connection is gone", func() bool { return !subscribers() })
}

// A write that arrives after its caller has got an error is published when it arrives, and so is the deletion of what it
// has stored.
func TestLateWriteIsPublishedWhenItArrives(t *testing.T) {
	server := redistest.Start(t)
	proxy := redistest.StartProxy(t, server.Addr)
	options := server.Options()
	options.Addr, options.MaxRetries = proxy.Addr, -1
	options.ReadTimeout, options.WriteTimeout = 10*soon, 10*soon
	cache := newCache(t, newClient(t, options), &rediscache.Options{Prefix: "p:", Channel: "changes", WriteTimeout: soon})
	direct := newCache(t, server.Client(t), &rediscache.Options{Prefix: "p:", Channel: "changes"})
	must(t, direct.Set(t.Context(), "key", []byte("value"), hour)) // the server knows the script now
	f := follow(t, direct)
	held := proxy.Hold("late value")
	if err := cache.Set(t.Context(), "key", []byte("late value"), hour); !errors.Is(err, ctxcache.ErrTimeout) {
		t.Fatalf("Set: %v", err)
	}
	f.wantsNext("p:key") // the deletion at once
	held.Deliver()
	f.wantsNext("p:key", "p:key") // the write, and the second deletion
	if _, err := direct.Get(t.Context(), "key"); err != ctxcache.ErrMiss {
		t.Errorf("Get: %v", err)
	}
}

// If the reply to a change is lost, and the client sends the command again, the change is published.
func TestChangeWithALostReplyIsPublished(t *testing.T) {
	server := redistest.Start(t)
	const victim, retries = "victim", 2
	cache := newCache(t, lossyClient(t, server, victim, 1, retries), &rediscache.Options{Channel: "changes"})
	f := follow(t, newCache(t, server.Client(t), &rediscache.Options{Channel: "changes"}))
	must(t, cache.Delete(t.Context(), victim))
	must(t, cache.Delete(t.Context(), "another"))
	f.wantsNext(victim, "another")
}

func TestOptionsThatAChannelDoesNotFit(t *testing.T) {
	single, cluster := redis.NewClient(&redis.Options{}), redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"127.0.0.1:1"}})
	ring := redis.NewRing(&redis.RingOptions{Addrs: map[string]string{"one": "127.0.0.1:1"}})
	t.Cleanup(func() {
		for _, client := range []redis.UniversalClient{single, cluster, ring} {
			must(t, client.Close())
		}
	})
	for name, c := range map[string]struct {
		client  redis.UniversalClient
		options rediscache.Options
	}{
		"Plain":   {single, rediscache.Options{Channel: "changes", Plain: true}},
		"Cluster": {cluster, rediscache.Options{Channel: "changes"}},
		"Ring":    {ring, rediscache.Options{Channel: "changes"}},
	} {
		cache := rediscache.New(c.client, &c.options)
		for _, err := range []error{
			cache.Set(t.Context(), "key", nil, hour), cache.Watch(t.Context(), func(ctxcache.Event) {}),
		} {
			if !errors.Is(err, ctxcache.ErrOptions) {
				t.Errorf("%s: %v", name, err)
			}
		}
		must(t, cache.Close())
	}
	channel := rediscache.NewChannel(ring, "changes", nil)
	if err := channel.Publish(t.Context(), ctxcache.Event{Key: "a"}); err != errors.ErrUnsupported {
		t.Errorf("Publish over a Ring: %v", err)
	}
	if err := channel.Watch(t.Context(), func(ctxcache.Event) {}); err != errors.ErrUnsupported {
		t.Errorf("Watch over a Ring: %v", err)
	}
	for _, channel := range []*rediscache.Channel{
		rediscache.NewChannel(single, "", nil),
		rediscache.NewChannel(single, "changes", &rediscache.ChannelOptions{WatchTimeout: time.Microsecond}),
		rediscache.NewChannel(single, "changes", &rediscache.ChannelOptions{WriteTimeout: -1}),
	} {
		if err := channel.Publish(t.Context(), ctxcache.Event{Key: "a"}); !errors.Is(err, ctxcache.ErrOptions) {
			t.Errorf("Publish: %v", err)
		}
	}
}
