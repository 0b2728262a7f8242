package remotetest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/redis/go-redis/v9/logging"
	"go.uber.org/goleak"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/leaseholder"
	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
	"github.com/ctxcache/cached/internal/remotetest"
)

func TestMain(m *testing.M) {
	logging.Disable() // go-redis prints that it cannot reach the servers which the tests stop
	leaseholder.Main(takeLease)
	goleak.VerifyTestMain(
		memcachedtest.Main(redistest.Main(m)),
		// This one looks once a second if a server is back, and sees only then that its client was closed.
		goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial"),
	)
}

// takeLease is what another process does: it takes a lease on "key". Args are the name of the kind, the server's address,
// and the prefix.
func takeLease(ctx context.Context, args []string) (leaseholder.Filler, error) {
	for _, kind := range remotetest.Kinds {
		if kind.Name != args[0] {
			continue
		}
		cache, err := kind.Dial(args[1], remotetest.Options{Prefix: args[2], LeaseTTL: kind.LeaseTTL})
		if err != nil {
			return nil, err
		}
		_, l, err := cache.GetLease(ctx, "key", 0)
		if err != ctxcache.ErrMiss {
			return nil, err
		}
		return func(ctx context.Context, e entry) error { return cache.Fill(ctx, "key", l, e) }, nil
	}
	return nil, fmt.Errorf("there is no server of the kind %s", args[0])
}
