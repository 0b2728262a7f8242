package rediscache_test

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// If the server loses the name of the last message, nobody has to wait for the next change to notice.
func TestChannelNoticesThatItsKeyIsLost(t *testing.T) {
	server := redistest.Start(t)
	client := server.Client(t)
	name := nextPrefix()
	for what, lose := range map[string]func() error{
		"FLUSHALL":    func() error { return client.FlushAll(t.Context()).Err() },
		"an eviction": func() error { return client.Del(t.Context(), name+":last").Err() },
	} {
		t.Run(what, func(t *testing.T) {
			options := &rediscache.ChannelOptions{WatchTimeout: time.Second}
			one, other := newChannel(t, client, name, options), newChannel(t, client, name, options)
			f, g := hearing(t, one), startHearing(t, other)
			g.wantsNext("gap")
			must(t, lose())
			f.wantsNext("gap")
			g.wantsNext("gap")
			publish(t, one, "a")
			f.wantsNext("a")
			g.wantsNext("a")
		})
	}
}

// A key of another type in the place of the channel's own fails all publications, and no Watch trusts it.
func TestChannelWithoutItsKey(t *testing.T) {
	client := redistest.Start(t).Client(t)
	name := nextPrefix()
	channel := newChannel(t, client, name, &rediscache.ChannelOptions{WatchTimeout: time.Second})
	f := hearing(t, channel)
	must(t, client.Set(t.Context(), name+":last", "value", 0).Err())
	wantEnded(t, f.end())
	fails(t, channel.Publish(t.Context(), ctxcache.Event{Key: "a"}), "publish")
}

// A function that is so slow that the server cannot keep all that waits for it loses its stream.
func TestChannelEndsIfItsFunctionIsTooSlow(t *testing.T) {
	server := redistest.Start(t, "--client-output-buffer-limit", "pubsub", "100kb", "0", "0")
	channel := newChannel(t, server.Client(t), nextPrefix(), nil)
	publish(t, channel, "first")
	begun, resume, ended := make(chan struct{}, 1), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- channel.Watch(t.Context(), func(ctxcache.Event) {
			select {
			case begun <- struct{}{}:
			default:
			}
			<-resume
		})
	}()
	<-begun
	direct := server.Client(t)
	long := make([]byte, 1<<20)
	await(t, "the server has ended the connection", func() bool {
		publish(t, channel, string(long))
		list, err := direct.Do(t.Context(), "CLIENT", "LIST", "TYPE", "pubsub").Text()
		must(t, err)
		return list == ""
	})
	close(resume)
	wantEnded(t, <-ended)
}

// A subscription to another server than the one that the client talks to is noticed as soon as something is published.
func TestChannelNoticesThatItHearsAnotherServer(t *testing.T) {
	old, master := redistest.Start(t), redistest.Start(t)
	var moved atomic.Bool
	options := old.Options()
	options.MaxRetries = -1
	options.Dialer = func(ctx context.Context, _, _ string) (net.Conn, error) {
		var dialer net.Dialer
		if moved.Load() {
			return dialer.DialContext(ctx, "tcp", master.Addr)
		}
		return dialer.DialContext(ctx, "tcp", old.Addr)
	}
	channel := newChannel(t, newClient(t, options), nextPrefix(), &rediscache.ChannelOptions{WatchTimeout: time.Second})
	f := hearing(t, channel)
	moved.Store(true) // the subscription goes on, as after a change in DNS
	must(t, old.Client(t).Do(t.Context(), "CLIENT", "KILL", "TYPE", "normal").Err())
	await(t, "the client has another connection", func() bool {
		return channel.Publish(t.Context(), ctxcache.Event{Key: "unheard"}) == nil
	})
	err := f.end()
	if wantEnded(t, err); !errors.Is(err, ctxcache.ErrTimeout) {
		t.Errorf("Watch: %v", err)
	}
}

// Behind Sentinel, a channel follows the master.
func TestChannelThroughAFailover(t *testing.T) {
	s := redistest.StartSentinels(t, 1, 3)
	options := s.Options()
	options.ReadTimeout, options.MaxRetries, options.DialerRetries = 500*time.Millisecond, -1, 1
	client := redis.NewFailoverClient(options)
	t.Cleanup(func() { must(t, client.Close()) })
	n := newNode(t, client, &rediscache.Options{
		Prefix: "p:", Channel: "changes", ReadTimeout: time.Second, WriteTimeout: 5 * time.Second, WatchTimeout: time.Second,
	}, bare)
	other := newCache(t, s.Client(t), &rediscache.Options{Prefix: "p:", Channel: "changes"})
	must(t, n.far.Set(t.Context(), "key", []byte("old"), hour))
	n.settle(t)
	if n.hits(t, "key"); !n.hits(t, "key") {
		t.Fatal("near has no copy")
	}
	s.Failover(t)
	await(t, "the other process has written", func() bool {
		return other.Set(t.Context(), "key", []byte("new"), hour) == nil
	})
	wantEnded(t, <-n.failed)
	await(t, "near follows", func() bool {
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
}
