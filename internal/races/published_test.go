package races_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/twolevel"
)

// Two processes with near copies over Memcached follow each other by a channel of Redis, through all layers.
func TestNearCopiesOverMemcachedFollowAChannel(t *testing.T) {
	server, messages := memcachedtest.Start(t), redistest.Start(t)
	node := func() cache {
		options := messages.Options()
		options.Protocol = 2
		client := redis.NewClient(options)
		t.Cleanup(func() { must(t, client.Close()) })
		store, err := memcached.Open(server.Addr, &memcached.Options{
			Timeout: memcachedtest.Patience, ReadTimeout: ctxcache.NoExpiry, WriteTimeout: ctxcache.NoExpiry,
		})
		must(t, err)
		t.Cleanup(func() { must(t, store.Close()) })
		events := rediscache.NewChannel(client, "users", &rediscache.ChannelOptions{WriteTimeout: ctxcache.NoExpiry})
		t.Cleanup(func() { must(t, events.Close()) })
		far := layers.Encoded(layers.Prefixed(layers.Published[string, []byte](store, events), "user:"), layers.JSON[string]{}, nil)
		two := twolevel.New(memory.New[string, string](nil), far, &twolevel.Options{Coherent: true})
		t.Cleanup(func() { must(t, two.Close()) })
		return two
	}
	one, other := node(), node()
	wants := func(want string) {
		t.Helper()
		again := time.NewTicker(time.Millisecond)
		defer again.Stop()
		for deadline := time.Now().Add(memcachedtest.Patience); time.Now().Before(deadline); <-again.C {
			got, err := other.Get(t.Context(), "ada")
			if err == ctxcache.ErrMiss {
				got, err = "", nil
			}
			must(t, err)
			if got == want {
				return
			}
		}
		t.Fatalf("the other process does not get %q", want)
	}
	for i := range 20 {
		value := fmt.Sprint(i)
		must(t, one.Set(t.Context(), "ada", value, time.Hour))
		wants(value)
		wants(value)
	}
	must(t, one.Delete(t.Context(), "ada"))
	wants("")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
