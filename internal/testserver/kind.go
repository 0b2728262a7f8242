package testserver

import (
	"context"
	"net"
	"os"
	"os/exec"
	"testing"
)

// Kind is a kind of server.
type Kind struct {
	// Binary is the program, found in PATH.
	Binary string

	// Args returns the arguments that make it serve host and port, and write into dir, if anywhere.
	Args func(host, port, dir string) []string

	// Ready is what it prints when it accepts connections. It may be empty; then only Answers tells.
	Ready string

	// Answers reports whether the server at addr, whose process is pid, answers. It is asked again until it does.
	Answers func(ctx context.Context, addr string, pid int) bool
}

// path returns the path of the program. Without one the test is skipped, or fails where servers are required.
func (k *Kind) path(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath(k.Binary)
	switch {
	case err == nil:
	case required():
		t.Fatalf("this test needs %s: %v", k.Binary, err)
	default:
		t.Skipf("this test needs %s, which is not installed: %v", k.Binary, err)
	}
	return path
}

// required reports whether tests must not be skipped.
func required() bool { return os.Getenv("CACHED_REQUIRE_SERVERS") == "1" }

// FreeAddr returns a loopback address that was free a moment ago.
func FreeAddr() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
