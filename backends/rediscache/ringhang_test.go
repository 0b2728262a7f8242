package rediscache_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// slowRing returns a ring of servers that waits for a server as long as it takes.
func slowRing(t *testing.T, addrs map[string]string, up func(addr string) bool) *redis.Ring {
	t.Helper()
	ring := redis.NewRing(&redis.RingOptions{
		Addrs: addrs, MaxRetries: -1, PipelinePoolSize: -1, HeartbeatFrequency: 5 * time.Millisecond,
		DialTimeout: hour, ReadTimeout: hour, WriteTimeout: hour, PoolTimeout: hour,
		HeartbeatFn: func(_ context.Context, client *redis.Client) bool { return up(client.Options().Addr) },
	})
	t.Cleanup(func() { must(t, ring.Close()) })
	return ring
}

// A server that is out and hangs does not hold up a deletion on the server that has the key now.
func TestRingDeletesWhileAServerHangs(t *testing.T) {
	t.Parallel() // it mostly waits
	for op, remove := range map[ctxcache.Operation]func(ctx context.Context, c *rediscache.Cache) error{
		ctxcache.OpDelete: func(ctx context.Context, c *rediscache.Cache) error { return c.Delete(ctx, "key") },
		ctxcache.OpRemove: func(ctx context.Context, c *rediscache.Cache) error { return second(c.Remove(ctx, "key")) },
		ctxcache.OpDeleteMany: func(ctx context.Context, c *rediscache.Cache) error {
			return ctxcache.KeyError(c.DeleteMany(ctx, []string{"key"}), "key")
		},
	} {
		t.Run(string(op), func(t *testing.T) {
			t.Parallel()
			up := redistest.Start(t)
			hanging := redistest.StartProxy(t, redistest.Start(t).Addr)
			var out atomic.Bool
			ring := slowRing(t, map[string]string{"up": up.Addr, "hanging": hanging.Addr}, func(addr string) bool {
				return addr == up.Addr || !out.Load()
			})
			cache := newCache(t, ring, &rediscache.Options{Prefix: "p:", WriteTimeout: 200 * time.Millisecond})
			t.Cleanup(hanging.Cut) // so that Close need not wait
			out.Store(true)
			await(t, "the ring noticed", func() bool { return ring.Len() == 1 })
			hanging.Silence()
			client := up.Client(t)
			must(t, client.Set(t.Context(), "p:key", "value", 0).Err())
			fails(t, remove(t.Context(), cache), op)
			await(t, "the key was gone", func() bool {
				n, err := client.Exists(t.Context(), "p:key").Result()
				must(t, err)
				return n == 0
			})
		})
	}
}

// A server that is back only after a deletion still has the old value.
func TestRingDeletesBeforeAServerIsBack(t *testing.T) {
	t.Parallel() // it mostly waits
	up, back := redistest.StartProxy(t, redistest.Start(t).Addr), redistest.Start(t)
	var out atomic.Bool
	ring := slowRing(t, map[string]string{"up": up.Addr, "back": back.Addr}, func(addr string) bool {
		return addr == up.Addr || !out.Load()
	})
	cache := newCache(t, ring, &rediscache.Options{Prefix: "p:"})
	out.Store(true)
	await(t, "the ring noticed", func() bool { return ring.Len() == 1 })
	held := up.Hold("unlink")
	deleted := make(chan error, 1)
	go func() { deleted <- cache.Delete(t.Context(), "key") }()
	<-held.Arrived()
	out.Store(false)
	await(t, "the ring noticed again", func() bool { return ring.Len() == 2 })
	held.Deliver()
	fails(t, <-deleted, ctxcache.OpDelete)
	must(t, cache.Delete(t.Context(), "key"))
}

// A server that has left the ring fails no deletion.
func TestRingDeletesAfterAServerHasLeft(t *testing.T) {
	t.Parallel() // it mostly waits
	one, two := redistest.Start(t), redistest.Start(t)
	ring := slowRing(t, map[string]string{"one": one.Addr, "two": two.Addr}, func(string) bool { return true })
	cache := newCache(t, ring, &rediscache.Options{Prefix: "p:"})
	must(t, cache.Delete(t.Context(), "key"))
	ring.SetAddrs(map[string]string{"one": one.Addr})
	must(t, cache.Delete(t.Context(), "key"))
}
