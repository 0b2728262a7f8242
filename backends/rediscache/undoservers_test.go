package rediscache_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ctxcache/cached/internal/redistest"
)

// A server that does not answer does not hold up the deletes after unknown writes on other servers.
func TestUnknownWritesAreDeletedWhileAnotherServerHangs(t *testing.T) {
	t.Parallel() // it mostly waits
	hanging, server := redistest.StartProxy(t, redistest.Start(t).Addr), redistest.Start(t)
	healthy := redistest.StartProxy(t, server.Addr)
	addrs := map[string]string{"hanging": hanging.Addr, "healthy": healthy.Addr}
	ring := slowRing(t, addrs, func(string) bool { return true })
	cache := newCache(t, ring, nil)
	t.Cleanup(func() { // so that Close need not wait
		hanging.Cut()
		healthy.Cut()
	})
	// lose makes a Set whose outcome is unknown, by a proxy that holds back first the Set, and then the delete.
	lose := func(proxy *redistest.Proxy) (key string, deletes *redistest.Held) {
		t.Helper()
		for i := 0; key == ""; i++ {
			shard, err := ring.GetShardClientForKey(fmt.Sprint("key", i))
			if must(t, err); shard.Options().Addr == proxy.Addr {
				key = fmt.Sprint("key", i)
			}
		}
		set := proxy.Hold("new value")
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		failed := make(chan error, 1)
		go func() { failed <- cache.Set(ctx, key, []byte("new value"), hour) }()
		<-set.Arrived()
		deletes = proxy.Hold("unlink")
		cancel()
		if err := <-failed; err != context.Canceled {
			t.Fatalf("Set: %v", err)
		}
		return key, deletes
	}
	_, deletes := lose(hanging)
	<-deletes.Arrived()
	key, deletes := lose(healthy)
	client := server.Client(t)
	must(t, client.Set(t.Context(), key, "old value", 0).Err())
	select {
	case <-deletes.Arrived():
	case <-time.After(redistest.Patience):
		t.Fatal("the healthy server was not asked")
	}
	deletes.Deliver()
	if n, err := client.Exists(t.Context(), key).Result(); n != 0 || err != nil {
		t.Errorf("the healthy server still has %d, %v", n, err)
	}
}
