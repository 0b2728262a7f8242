package matrix_test

import (
	"testing"

	"github.com/redis/go-redis/v9/logging"
	"go.uber.org/goleak"

	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
)

func TestMain(m *testing.M) {
	logging.Disable() // go-redis prints that a server without a command refuses its greeting
	goleak.VerifyTestMain(memcachedtest.Main(redistest.Main(m)))
}
