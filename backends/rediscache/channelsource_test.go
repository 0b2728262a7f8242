package rediscache_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/redistest"
)

// channelFaults are faults that interrupt a Watch of a channel.
var channelFaults = map[string]struct {
	fail    func(t *testing.T, server *redistest.Server, proxy *redistest.Proxy)
	restore func(server *redistest.Server, proxy *redistest.Proxy)
}{
	"the server hangs": {
		func(_ *testing.T, server *redistest.Server, _ *redistest.Proxy) { server.Pause() },
		func(server *redistest.Server, _ *redistest.Proxy) { server.Resume() },
	},
	"the server dies": {
		func(_ *testing.T, server *redistest.Server, _ *redistest.Proxy) { server.Stop() },
		func(server *redistest.Server, _ *redistest.Proxy) { server.Restart() },
	},
	"the connection is killed": {
		func(t *testing.T, server *redistest.Server, _ *redistest.Proxy) {
			must(t, server.Client(t).Do(t.Context(), "CLIENT", "KILL", "TYPE", "pubsub").Err())
		},
		func(*redistest.Server, *redistest.Proxy) {},
	},
	"the connection is cut": {
		func(_ *testing.T, _ *redistest.Server, proxy *redistest.Proxy) { proxy.Cut() },
		func(_ *redistest.Server, proxy *redistest.Proxy) { proxy.Restore() },
	},
	"the network loses everything": {
		func(_ *testing.T, _ *redistest.Server, proxy *redistest.Proxy) { proxy.Silence() },
		func(_ *redistest.Server, proxy *redistest.Proxy) { proxy.Restore() },
	},
	"the database is flushed": {
		func(t *testing.T, server *redistest.Server, _ *redistest.Proxy) {
			must(t, server.Client(t).FlushAll(t.Context()).Err())
		},
		func(*redistest.Server, *redistest.Proxy) {},
	},
}

// runChannelSource runs the suite of sources on channels. Changes are published by direct, which no cut hits.
func runChannelSource(t *testing.T, client, direct redis.UniversalClient, cuts map[string]func(t *testing.T) (heal func())) {
	t.Helper()
	must(t, client.Ping(t.Context()).Err()) // go-redis starts its own goroutines now, and not for a Watch
	options := &rediscache.ChannelOptions{WatchTimeout: time.Second, WriteTimeout: 5 * time.Second}
	cachetest.RunSource(t, func(t *testing.T) cachetest.Stream {
		name := nextPrefix()
		publisher := newChannel(t, direct, name, options)
		return cachetest.Stream{
			Source: newChannel(t, client, name, options),
			Change: func(ctx context.Context, key string) error {
				return publisher.Publish(ctx, ctxcache.Event{Key: key})
			},
			Cuts: cuts,
		}
	})
}

func TestSourceOfAChannel(t *testing.T) {
	server := redistest.Start(t)
	proxy := redistest.StartProxy(t, server.Addr)
	cuts := make(map[string]func(t *testing.T) (heal func()))
	for name, fault := range channelFaults {
		cuts[name] = func(t *testing.T) (heal func()) {
			fault.fail(t, server, proxy)
			return func() { fault.restore(server, proxy) }
		}
	}
	runChannelSource(t, through(t, server, proxy), server.Client(t), cuts)
}
