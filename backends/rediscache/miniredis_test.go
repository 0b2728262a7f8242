package rediscache_test

import (
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// startMiniredis returns a miniredis, in which time stands still, and a client of it.
func startMiniredis(t *testing.T) (*miniredis.Miniredis, *redis.Client) {
	t.Helper()
	server := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	t.Cleanup(func() { must(t, client.Close()) })
	return server, client
}

func TestConformanceMiniredis(t *testing.T) {
	t.Parallel()
	server, client := startMiniredis(t)
	cachetest.Run(t, func(t *testing.T) ctxcache.Cache[string, []byte] {
		return newUnwatched(newCache(t, client, &rediscache.Options{Prefix: nextPrefix()}))
	}, cachetest.Advance(server.FastForward), cachetest.Room(300), // a script for many more keys takes long with the race detector
		cachetest.Shared(func(t *testing.T) (one, other ctxcache.Cache[string, []byte]) {
			options := &rediscache.Options{Prefix: nextPrefix()}
			return newUnwatched(newCache(t, client, options)), newUnwatched(newCache(t, client, options))
		}))
}

// unwatched is a cache over a server that does not report changes, which the cache itself cannot know.
type unwatched struct {
	ctxcache.Forward[string, []byte]
}

func newUnwatched(inner ctxcache.Cache[string, []byte]) *unwatched {
	return &unwatched{ctxcache.NewForward(inner, ctxcache.Description{Kind: "unwatched"})}
}

func (u *unwatched) Supports() ctxcache.Cap { return u.Forward.Supports() &^ ctxcache.CapWatch }

func TestLeasesOverMiniredis(t *testing.T) {
	server, client := startMiniredis(t)
	cache := newCache(t, client, &rediscache.Options{Prefix: "p:"})
	ctx := t.Context()
	for _, frozen := range []bool{false, true} {
		if frozen {
			server.SetTime(time.Now())
		}
		for _, kind := range leaseKinds {
			must(t, cache.Delete(ctx, "key"))
			l := kind.take(t, cache, "key")
			began := time.Now()
			await(t, "time passed", func() bool { return time.Since(began) > 5*time.Millisecond })
			if err := cache.Fill(ctx, "key", l, entry{Value: []byte("filled")}); err != nil {
				t.Errorf("Fill of a key that was %s, with a clock that stands still %v: %v", kind.name, frozen, err)
			}
		}
	}
}
