package rediscache_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// beforeRedial is a go-redis hook that calls do before the second dial.
type beforeRedial struct {
	recorder
	dials atomic.Int32
	do    func()
}

func (h *beforeRedial) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if h.dials.Add(1) == 2 {
			h.do()
		}
		return next(ctx, network, addr)
	}
}

// A server may grant a lease, and answer by an error all the same: to the repeated request, because the reply to the first
// one was lost, or because it refuses a part of the script.
func TestGrantThatEndsWithARefusalIsGivenBack(t *testing.T) {
	full := func(client *redis.Client) error { return client.ConfigSet(t.Context(), "maxmemory", "1").Err() }
	without := func(command string) func(client *redis.Client) error {
		return func(client *redis.Client) error {
			return client.Do(t.Context(), "ACL", "SETUSER", "default", "-"+command).Err()
		}
	}
	for name, c := range map[string]struct {
		losses int32                            // of the first replies
		refuse func(client *redis.Client) error // makes the server refuse the script
	}{
		"lost, then out of memory": {1, full},
		"lost, then forbidden":     {1, without("hset")},
		"the marker may not end":   {0, without("pexpire")},
	} {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t)
			direct, ctx := server.Client(t), t.Context()
			warm := newCache(t, direct, &rediscache.Options{Prefix: "p:"})
			must(t, warm.Release(ctx, "other", absentLease(t, ctx, warm, "other"))) // now the server knows the scripts

			client := lossyClient(t, server, "p:key", c.losses, 3)
			if c.losses == 0 {
				must(t, c.refuse(direct))
			} else {
				client.AddHook(&beforeRedial{do: func() { must(t, c.refuse(direct)) }})
			}
			cache := newCache(t, client, &rediscache.Options{Prefix: "p:", LeaseTTL: hour})
			_, l, err := cache.GetLease(ctx, "key", 0)
			if fails(t, err, ctxcache.OpGetLease); l.Granted() {
				t.Errorf("with the error %v, the lease is %v", err, l)
			}
			await(t, "the lease was given back", func() bool {
				n, err := direct.Exists(ctx, "p:key").Result()
				must(t, err)
				return n == 0
			})
		})
	}
}
