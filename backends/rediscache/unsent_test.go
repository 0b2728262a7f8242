package rediscache_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// A write that is not even sent, because the server hangs, takes the old value away when the server is back.
func TestWriteThatIsNotSentTakesTheOldValueAway(t *testing.T) {
	server := redistest.Shared(t)
	for name, c := range map[string]struct {
		calls  int // so many may run
		before int // Gets that time out before the write
	}{
		"the server is suspected": {100, 3},
		"no call may run":         {1, 0},
	} {
		for how, store := range stores {
			t.Run(name+"/"+how, func(t *testing.T) {
				t.Parallel() // it mostly waits
				proxy := redistest.StartProxy(t, server.Addr)
				behind := redis.NewClient(&redis.Options{
					Addr: proxy.Addr, ReadTimeout: 300 * time.Millisecond, WriteTimeout: 300 * time.Millisecond, MaxRetries: -1,
				})
				t.Cleanup(func() { must(t, behind.Close()) })
				const limit = 250 * time.Millisecond
				prefix, ctx := nextPrefix(), t.Context()
				cache := newCache(t, behind, &rediscache.Options{
					Prefix: prefix, MaxCalls: c.calls, ReadTimeout: limit, WriteTimeout: limit / 10,
				})
				t.Cleanup(proxy.Cut) // so that Close need not wait
				client := server.Client(t)
				must(t, client.Set(ctx, prefix+"key", "old", 0).Err())
				proxy.Silence()
				for range c.before {
					stalls(t, "Get", second(cache.Get(ctx, "key")))
				}
				sent := record(behind)
				var running sync.WaitGroup
				running.Go(func() { stalls(t, "the Get that runs", second(cache.Get(ctx, "key"))) })
				await(t, "a Get runs", func() bool { return len(sent.take()) > 0 })
				if err := store(ctx, cache); !errors.Is(err, ctxcache.ErrTimeout) {
					t.Errorf("%s: %v", how, err)
				}
				running.Wait()
				deletions := 0
				await(t, "two deletions have failed", func() bool {
					deletions += len(sent.take())
					return deletions > 2
				})
				proxy.Restore()
				await(t, "the old value is taken away", func() bool {
					n, err := client.Exists(ctx, prefix+"key").Result()
					must(t, err)
					return n == 0
				})
			})
		}
	}
}
