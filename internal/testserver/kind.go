package testserver

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"testing"
)

// Kind is a kind of server.
type Kind struct {
	// Binary is the name of the program. It must be in PATH.
	Binary string

	// Args returns the arguments that make the program serve host and port. If it writes files, it writes them into
	// dir.
	Args func(host, port, dir string) []string

	// Ready is what the program prints when it accepts connections. If it is empty, only Answers shows that it does.
	Ready string

	// Answers reports whether the server at addr is process pid and answers. It is called again and again until it
	// returns true.
	Answers func(ctx context.Context, addr string, pid int) bool
}

// path returns the path of the program. With -short the test is skipped. If the program is missing, the test is skipped,
// too, or fails if servers are required.
func (k *Kind) path(t testing.TB) string {
	t.Helper()
	why := k.unavailable()
	switch {
	case why == "":
	case required() && !testing.Short():
		t.Fatal(why)
	default:
		t.Skip(why)
	}
	return k.Binary
}

// unavailable says why the server cannot be used, or returns "".
func (k *Kind) unavailable() string {
	if testing.Short() {
		return fmt.Sprintf("-short uses no servers, and this needs %s", k.Binary)
	}
	if _, err := exec.LookPath(k.Binary); err != nil {
		return fmt.Sprintf("this needs %s, which is not installed: %v", k.Binary, err)
	}
	return ""
}

// required reports whether a test must fail instead of being skipped.
func required() bool { return os.Getenv("CACHED_REQUIRE_SERVERS") == "1" }

// FreeAddr returns a loopback address that was free a moment ago.
func FreeAddr() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
