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

// newRing returns a ring of servers that soon notices when one of them is down.
func newRing(t *testing.T, servers map[string]string) *redis.Ring {
	t.Helper()
	ring := redis.NewRing(&redis.RingOptions{
		Addrs: servers, MaxRetries: -1, PipelinePoolSize: -1, HeartbeatFrequency: 5 * time.Millisecond,
		ReadTimeout: redistest.Patience, WriteTimeout: redistest.Patience, PoolTimeout: redistest.Patience,
	})
	t.Cleanup(func() {
		if err := ring.Close(); err != nil && !errors.Is(err, redis.ErrClosed) {
			t.Errorf("closing the ring: %v", err)
		}
	})
	return ring
}

// onAllServers are the methods that ask every server. They return the errors of caches with a prefix, and with the whole
// database.
func onAllServers(t *testing.T, prefixed, whole *rediscache.Cache) map[string]error {
	t.Helper()
	ctx := t.Context()
	var keys error
	for _, err := range prefixed.Keys(ctx, scope{}) {
		keys = err
	}
	return map[string]error{
		"clear/prefixed": prefixed.Clear(ctx, scope{}),
		"len/prefixed":   second(prefixed.Len(ctx, scope{})),
		"keys/prefixed":  keys,
		"stats/prefixed": second(prefixed.ServerStats(ctx)),
		"clear/whole":    whole.Clear(ctx, scope{}),
		"len/whole":      second(whole.Len(ctx, scope{})),
		"stats/whole":    second(whole.ServerStats(ctx)),
	}
}

func TestServerOfARingThatIsDownIsNotLeftOut(t *testing.T) {
	t.Parallel() // it mostly waits
	up, down := redistest.Start(t), redistest.Start(t)
	ring := newRing(t, map[string]string{"up": up.Addr, "down": down.Addr})
	prefixed := newCache(t, ring, &rediscache.Options{Prefix: "p:"})
	whole := newCache(t, ring, &rediscache.Options{WholeDatabase: true, Plain: true})
	noticed := func(servers int) {
		t.Helper()
		await(t, "the ring noticed", func() bool { return ring.Len() == servers })
	}
	fail := func(when string) {
		t.Helper()
		for name, err := range onAllServers(t, prefixed, whole) {
			if _, ok := errors.AsType[*ctxcache.Error](err); !ok {
				t.Errorf("%s when %s: %v, want an error", name, when, err)
			}
		}
	}
	work := func(when string) {
		t.Helper()
		for name, err := range onAllServers(t, prefixed, whole) {
			if err != nil {
				t.Errorf("%s when %s: %v", name, when, err)
			}
		}
	}
	work("both servers are up")
	down.Stop()
	noticed(1)
	fail("a server is down")
	must(t, up.Client(t).Set(t.Context(), "key", "value", 0).Err())
	fails(t, whole.Clear(t.Context(), scope{}), ctxcache.OpClear)
	if n, err := up.Client(t).DBSize(t.Context()).Result(); n != 0 || err != nil {
		t.Errorf("Clear left %d keys on the server that is up, %v", n, err)
	}

	ring.SetAddrs(map[string]string{"up": up.Addr})
	work("the server that is down has left the ring")
	added := redistest.Start(t)
	ring.SetAddrs(map[string]string{"up": up.Addr, "added": added.Addr})
	noticed(2)
	added.Stop()
	noticed(1)
	fail("a server that was added is down")
	added.Restart()
	noticed(2)
	work("it is back")
	must(t, ring.Close())
	fail("the ring is closed")
}

func TestClearFindsKeysThatBelongToAnotherServerOfTheRing(t *testing.T) {
	one, two := redistest.Start(t), redistest.Start(t)
	cache := newCache(t, newRing(t, map[string]string{"one": one.Addr, "two": two.Addr}), &rediscache.Options{Prefix: "p:"})
	for _, server := range []*redistest.Server{one, two} { // one of them had it while the other one was down
		must(t, server.Client(t).Set(t.Context(), "p:key", "value", 0).Err())
	}
	must(t, cache.Clear(t.Context(), scope{}))
	for _, server := range []*redistest.Server{one, two} {
		if n, err := server.Client(t).DBSize(t.Context()).Result(); n != 0 || err != nil {
			t.Errorf("Clear left %d keys on a server, %v", n, err)
		}
	}
}

func TestRingThatMissedTheReturnOfAServer(t *testing.T) {
	servers := []*redistest.Server{redistest.Start(t), redistest.Start(t)}
	ring := redis.NewRing(&redis.RingOptions{
		Addrs:              map[string]string{"up": servers[0].Addr, "down": servers[1].Addr},
		HeartbeatFrequency: 5 * time.Millisecond,
		HeartbeatFn: func(_ context.Context, client *redis.Client) bool {
			return client.Options().Addr == servers[0].Addr
		},
	})
	t.Cleanup(func() { must(t, ring.Close()) })
	cache := newCache(t, ring, &rediscache.Options{Prefix: "p:"})
	await(t, "the ring noticed", func() bool { return ring.Len() == 1 })
	ctx := t.Context()
	for _, server := range servers {
		must(t, server.Client(t).Set(ctx, "p:key of "+server.Addr, "value", 0).Err())
	}
	if n, err := cache.Len(ctx, scope{}); n != 2 || err != nil {
		t.Errorf("Len: %d, %v, want 2", n, err)
	}
	must(t, cache.Clear(ctx, scope{}))
	if n, err := cache.Len(ctx, scope{}); n != 0 || err != nil {
		t.Errorf("Len after Clear: %d, %v, want 0", n, err)
	}
}
