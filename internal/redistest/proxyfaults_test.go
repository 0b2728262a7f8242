package redistest_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/internal/redistest"
)

func TestProxyCutsAndSilences(t *testing.T) {
	server := redistest.Start(t)
	proxy := redistest.StartProxy(t, server.Addr)
	options := server.Options()
	options.Addr, options.MaxRetries, options.DialerRetries, options.ReadTimeout = proxy.Addr, -1, 1, time.Minute
	patient := redis.NewClient(options)
	defer patient.Close()
	options.ReadTimeout = 100 * time.Millisecond
	hasty := redis.NewClient(options)
	defer hasty.Close()
	ctx := t.Context()
	for _, fault := range []struct {
		name   string
		begin  func()
		client *redis.Client
	}{{"cut", proxy.Cut, patient}, {"silent", proxy.Silence, hasty}} {
		if err := patient.Ping(ctx).Err(); err != nil {
			t.Errorf("before it is %s: %v", fault.name, err)
		}
		fault.begin()
		for range 2 { // on an old connection, and on a new one
			if err := fault.client.Set(ctx, "k", fault.name, 0).Err(); err == nil || isTimeout(err) != (fault.name == "silent") {
				t.Errorf("while it is %s: %v", fault.name, err)
			}
		}
		if n, err := server.Client(t).Exists(ctx, "k").Result(); n != 0 || err != nil {
			t.Errorf("while it is %s, the server got something: %d, %v", fault.name, n, err)
		}
		proxy.Restore()
		for patient.Ping(ctx).Err() != nil { // until the client has found out that its connections are closed
			runtime.Gosched()
		}
	}
}
