package memcached_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/ctxcache/cached/internal/leaseholder"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

func TestMain(m *testing.M) {
	leaseholder.Main(takeLease)
	goleak.VerifyTestMain(memcachedtest.Main(m))
}
