package rediscache_test

import (
	"testing"

	"github.com/redis/go-redis/v9/logging"
	"go.uber.org/goleak"

	"github.com/ctxcache/cached/internal/redistest"
)

func TestMain(m *testing.M) {
	logging.Disable() // go-redis prints that it cannot reach the servers which the tests stop
	goleak.VerifyTestMain(
		redistest.Main(shortVariants{m}),
		// This one looks once a second if a server is back, and sees only then that its client was closed.
		goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial"),
	)
}
