package remotetest_test

import (
	"errors"
	"net"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/remotetest"
)

func TestServerDown(t *testing.T) {
	remotetest.Each(t, func(t *testing.T, kind remotetest.Kind) {
		server := kind.Start(t)
		cache := server.Cache(t, remotetest.Options{Prefix: "p:"})
		remotetest.Must(t, cache.Set(t.Context(), "held", []byte("value"), hour))
		server.Stop()
		_ = cache.Delete(t.Context(), "gone") // on the old connection
		for _, operation := range kind.Operations {
			t.Run(operation.Name, func(t *testing.T) {
				err := operation.Call(t.Context(), cache)
				fails(t, kind, err, operation.Op)
				if _, ok := errors.AsType[*net.OpError](err); !ok {
					t.Errorf("the cause of %v is not a *net.OpError", err)
				}
				discreet(t, err)
			})
		}
		server.Restart() // empty, and without our scripts
		for _, operation := range kind.Operations {
			if err := operation.Call(t.Context(), cache); err != nil && err != ctxcache.ErrMiss {
				t.Errorf("%s after the restart: %v", operation.Name, err)
			}
		}
	})
}

func TestRestartEndsLeases(t *testing.T) {
	remotetest.Each(t, func(t *testing.T, kind remotetest.Kind) {
		for _, leased := range leaseKinds {
			t.Run(leased.name, func(t *testing.T) {
				server := kind.Start(t)
				cache := server.Cache(t, remotetest.Options{Prefix: "p:"})
				old := leased.take(t, cache, "key")
				server.Stop()
				fails(t, kind, fill(t, cache, "key", old, "old"), ctxcache.OpFill) // a server that is down has not ended the lease
				server.Restart()
				isLost(t, "Fill after the restart", fill(t, cache, "key", old, "old"))
				misses(t, cache, "key")
				next := absentLease(t, t.Context(), cache, "key")
				isLost(t, "Release after the restart", cache.Release(t.Context(), "key", old)) // must not touch the next lease
				remotetest.Must(t, fill(t, cache, "key", next, "next"))
			})
		}
	})
}
