//go:build unix

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9/logging"
	"go.uber.org/goleak"

	"github.com/ctxcache/cached/internal/redistest"
)

func TestMain(m *testing.M) {
	logging.Disable() // go-redis prints every connection that fails
	goleak.VerifyTestMain(redistest.Main(m))
}

// Two levels keep their laws while far refuses connections, while it hangs, and after that. How fast they are is not
// tested.
func TestTwoLevelsInAnOutage(t *testing.T) {
	redistest.Shared(t) // skips the test if there is no redis-server
	*hitsPerCall = 1    // more would take all of the processor with the race detector, and calls would time out
	for _, fault := range []string{"refusing", "hung"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			var table strings.Builder
			err := runTwoLevel(t.Context(), &table, fault, 1, time.Second)
			t.Logf("\n%s\n%s", heading, &table)
			if err != nil {
				t.Error(err)
			}
		})
	}
}
