package pymemcached_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/ctxcache/cached/internal/memcachedtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(memcachedtest.Main(m)) }
