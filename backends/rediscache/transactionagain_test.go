package rediscache_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/internal/redistest"
)

// A server without memory refuses whatever is queued in a MULTI. Later it does not.
func TestTransactionsAreUsedAgainWhenThereIsMemory(t *testing.T) {
	client := redistest.Start(t, "--maxmemory-policy", "noeviction").Client(t)
	cache := newCache(t, client, nil)
	for _, key := range []string{"held", "other"} {
		must(t, cache.Set(t.Context(), key, []byte("value of "+key), hour))
	}
	read := func(name string) {
		t.Helper()
		if err := directReads[name].read(t.Context(), cache); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	read("GetEntries") // now the server knows the script
	must(t, client.ConfigSet(t.Context(), "maxmemory", "1").Err())
	for range 3 {
		read("GetEntry")
		read("GetEntries")
	}
	must(t, client.ConfigSet(t.Context(), "maxmemory", "0").Err())
	sent := record(client)
	read("GetEntry")
	read("GetEntries")
	if trips := sent.take(); !slices.Equal(trips, []string{"multi pttl mget exec", "multi evalsha mget exec"}) {
		t.Errorf("GetEntry and GetEntries send %q", trips)
	}
}

func TestDirectTransactionsAreUsedAgainWhenThereIsMemory(t *testing.T) {
	server := redistest.Start(t, "--maxmemory-policy", "noeviction")
	cache := open(t, server.URL(), server.Client(t), rediscache.Options{})
	read := func() {
		t.Helper()
		for _, name := range []string{"GetEntry", "GetEntries"} {
			if err := directReads[name].read(t.Context(), cache.Cache); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	received := cache.received(t)
	must(t, cache.admin.ConfigSet(t.Context(), "maxmemory", "1").Err())
	for range 10 {
		read()
	}
	must(t, cache.admin.ConfigSet(t.Context(), "maxmemory", "0").Err())
	if n := cache.received(t) - received; n > 3 {
		t.Errorf("20 reads of a server without memory cost %d connections", n)
	}
	must(t, cache.admin.ConfigResetStat(t.Context()).Err())
	read()
	if n := commandCalls(t, cache.admin, "exec"); n != 2 {
		t.Errorf("GetEntry and GetEntries run %d transactions", n)
	}
}

// A proxy that closes a connection does not refuse transactions if it has passed one on.
func TestHangUpAfterADirectTransactionIsNoRefusal(t *testing.T) {
	for name, read := range map[string]func(ctx context.Context, c *rediscache.Cache) error{
		"GetEntry": func(ctx context.Context, c *rediscache.Cache) error { return second(c.GetEntry(ctx, "key")) },
		"GetEntries": func(ctx context.Context, c *rediscache.Cache) error {
			return second(c.GetEntries(ctx, []string{"key", "absent"}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t)
			admin, proxy := server.Client(t), redistest.StartProxy(t, server.Addr)
			cache, err := rediscache.Open("redis://"+proxy.Addr, patient(&rediscache.Options{ReadTimeout: redistest.Patience}))
			must(t, err)
			t.Cleanup(func() { must(t, cache.Close()) })
			must(t, cache.Set(t.Context(), "key", []byte("value"), hour))
			await(t, "the client and a line have sent a Get", func() bool {
				must(t, second(cache.Get(t.Context(), "key")))
				list, err := admin.ClientList(t.Context()).Result()
				must(t, err)
				return strings.Count(list, "cmd=get") == 2
			})
			must(t, read(t.Context(), cache))
			proxy.HangUpOn("multi")
			if err := read(t.Context(), cache); err == nil || proxy.HungUp() == 0 {
				t.Fatalf("the proxy has hung up %d times: %v", proxy.HungUp(), err)
			}
			proxy.HangUpOn("never sent")
			must(t, admin.ConfigResetStat(t.Context()).Err())
			must(t, read(t.Context(), cache))
			if n := commandCalls(t, admin, "exec"); n == 0 {
				t.Errorf("%s runs no transaction", name)
			}
		})
	}
}

// A server that answers the script by an error has not shown that it refuses only transactions.
func TestHangUpDuringAnOutageIsNoRefusal(t *testing.T) {
	server := redistest.Start(t)
	admin, proxy := server.Client(t), redistest.StartProxy(t, server.Addr)
	client := redis.NewClient(&redis.Options{Addr: proxy.Addr})
	t.Cleanup(func() { must(t, client.Close()) })
	cache := newCache(t, client, nil)
	must(t, cache.Set(t.Context(), "key", []byte("value"), hour))
	must(t, admin.ConfigSet(t.Context(), "replica-serve-stale-data", "no").Err())
	must(t, admin.ReplicaOf(t.Context(), "127.0.0.1", "1").Err())
	proxy.HangUpOn("multi")
	if err := second(cache.GetEntry(t.Context(), "key")); err == nil {
		t.Fatal("a replica without its master answers")
	}
	proxy.HangUpOn("never sent")
	must(t, admin.ReplicaOf(t.Context(), "NO", "ONE").Err())
	sent := record(client)
	must(t, second(cache.GetEntry(t.Context(), "key")))
	if trips := sent.take(); trips[0] != "multi pttl mget exec" { // it also greets the server
		t.Errorf("GetEntry sends %q", trips)
	}
}
