package guarded_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(memcachedtest.Main(redistest.Main(m))) }
