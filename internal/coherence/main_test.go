package coherence_test

import (
	"testing"

	"github.com/redis/go-redis/v9/logging"
	"go.uber.org/goleak"

	"github.com/ctxcache/cached/internal/redistest"
)

func TestMain(m *testing.M) {
	logging.Disable() // go-redis prints every connection that is cut
	goleak.VerifyTestMain(redistest.Main(m))
}
