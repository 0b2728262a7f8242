package faults_test

import (
	"os"
	"testing"

	"github.com/redis/go-redis/v9/logging"
	"go.uber.org/goleak"

	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
)

func TestMain(m *testing.M) {
	logging.Disable() // go-redis prints each connection that fails
	goleak.VerifyTestMain(memcachedtest.Main(redistest.Main(m)))
}

// full reports whether all rows are to run, as make faults does.
func full() bool { return os.Getenv("CACHED_FAULTS") == "full" }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
