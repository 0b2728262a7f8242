package redistest

import (
	"os"
	"os/exec"
	"testing"
)

// binary returns the path of redis-server. Without one the test is skipped, or fails where servers are required.
func binary(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	switch {
	case err == nil:
	case required():
		t.Fatalf("this test needs redis-server: %v", err)
	default:
		t.Skipf("this test needs redis-server, which is not installed: %v", err)
	}
	return path
}

// required reports whether tests must not be skipped.
func required() bool { return os.Getenv("CACHED_REQUIRE_SERVERS") == "1" }
