package cachetoolsutils_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/compat/cachetoolsutils/pymemcached"
	"github.com/ctxcache/cached/compat/cachetoolsutils/pyredis"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
)

// hanging is a server that a test can pause.
type hanging interface {
	Pause()
	Resume()
}

type texts = ctxcache.Cache[string, string]

// requests is how many requests there are, one after another. A cache stops asking a server after a few timeouts.
const requests = 10

// overRedis returns a function that starts a server and returns a cache over it.
func overRedis(build func(client *redis.Client) texts) func(*testing.T) (hanging, texts) {
	return func(t *testing.T) (hanging, texts) {
		server := redistest.Start(t)
		cache := build(server.Client(t))
		closeStack(t, cache)
		return server, cache
	}
}

// overMemcached returns a function that starts a server and returns a cache over it.
func overMemcached(opts *pymemcached.Options) func(*testing.T) (hanging, texts) {
	return func(t *testing.T) (hanging, texts) {
		server := memcachedtest.Start(t)
		cache := pymemcached.MemCached[string, string](serverList(t, server.Addr), opts)
		t.Cleanup(func() {
			if err := cache.Close(); err != nil {
				t.Error(err)
			}
		})
		return server, cache
	}
}

func prefixedTexts(client *redis.Client) texts {
	return pyredis.PrefixedRedisCache[string, string](client, "hung.", nil)
}

// While a server hangs, the source answers: a request waits for the cache only for a small part of its deadline.
func TestSourceAnswersWhileTheServerHangs(t *testing.T) {
	for name, start := range map[string]func(*testing.T) (hanging, texts){
		"RedisCache": overRedis(func(client *redis.Client) texts {
			return pyredis.RedisCache[string, string](client, nil)
		}),
		"PrefixedRedisCache": overRedis(prefixedTexts),
		"NestedRedisCache": overRedis(func(client *redis.Client) texts {
			return pyredis.NestedRedisCache[string, string](prefixedTexts(client), nil)
		}),
		"EncryptedCache": overRedis(func(client *redis.Client) texts {
			raw := pyredis.RawRedisCache[cachetoolsutils.Bytes, []byte](client, nil)
			return cachetoolsutils.ToBytesCache[string, string](cachetoolsutils.EncryptedCache(raw, someSecret, nil))
		}),
		"TwoLevelCache": overRedis(func(client *redis.Client) texts {
			return cachetoolsutils.TwoLevelCache(newStore[string](), prefixedTexts(client), nil)
		}),
		"resilient TwoLevelCache": overRedis(func(client *redis.Client) texts {
			resilient := &cachetoolsutils.TwoLevelOptions{Resilient: true}
			return cachetoolsutils.TwoLevelCache(newStore[string](), prefixedTexts(client), resilient)
		}),
		"MemCached": overMemcached(nil),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, cache := start(t)
			// On a busy machine no clock shows how long a request waits, so the limits themselves are compared.
			if got := ctxcache.TimeoutsOf(cache); got.Read != 100*time.Millisecond || got.Write != time.Second {
				t.Fatalf("the timeouts are %+v", got)
			}
			source := func(_ context.Context, key string) (string, error) { return "of " + key, nil }
			function := cached.Func(cache, source, nil)
			server.Pause()
			defer server.Resume()
			ctx, cancel := context.WithTimeout(t.Context(), redistest.Patience)
			defer cancel()
			for i := range requests {
				key := strconv.Itoa(i)
				if got, err := function.Get(ctx, key); got != "of "+key || err != nil {
					t.Fatalf("request %d: %q, %v", i, got, err)
				}
			}
			if sum(t, cache, func(s ctxcache.Stats) uint64 { return s.Timeouts }) == 0 {
				t.Error("the cache has counted no timeouts")
			}
		})
	}
}

// sum returns the sum of a counter over all parts of a cache.
func sum(t *testing.T, cache texts, counter func(ctxcache.Stats) uint64) (total uint64) {
	t.Helper()
	stats, err := ctxcache.GetStats(t.Context(), cache)
	if err != nil {
		t.Fatal(err)
	}
	for todo := []ctxcache.Stats{stats}; len(todo) > 0; {
		total += counter(todo[0])
		todo = append(todo[1:], todo[0].Children...)
	}
	return total
}
