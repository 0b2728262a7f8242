package redistest_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/internal/redistest"
)

func TestProxyDeliversALateCopy(t *testing.T) {
	server := redistest.Start(t)
	proxy := redistest.StartProxy(t, server.Addr)
	options := server.Options()
	options.Addr, options.ReadTimeout = proxy.Addr, 100*time.Millisecond
	client := redis.NewClient(options)
	defer client.Close()
	ctx := t.Context()
	held := proxy.Hold("late value")
	if err := client.Set(ctx, "k", "late value", 0).Err(); err != nil { // sent twice
		t.Fatal(err)
	}
	if err := client.Del(ctx, "k").Err(); err != nil {
		t.Fatal(err)
	}
	held.Deliver()
	if got, err := client.Get(ctx, "k").Result(); got != "late value" || err != nil {
		t.Errorf("after the first copy has arrived: %q, %v", got, err)
	}
}
