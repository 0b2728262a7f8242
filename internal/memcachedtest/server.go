package memcachedtest

import (
	"bufio"
	"context"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/ctxcache/cached/internal/testserver"
)

// Server is a memcached server of a test.
type Server struct{ *testserver.Server }

var kind = testserver.Kind{
	Binary: "memcached",
	Args: func(host, port, _ string) []string {
		args := []string{"-l", host, "-p", port, "-U", "0", "-t", "2"}
		if os.Getuid() == 0 {
			args = append(args, "-u", "root") // memcached refuses to run as root without this
		}
		return args
	},
	Answers: answers,
}

// answers reports whether the server at addr answers and is process pid. Memcached prints nothing when it is ready, and
// another server may have taken the port.
func answers(ctx context.Context, addr string, pid int) bool {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }() // nothing was written, so closing loses nothing
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if _, err := conn.Write([]byte("stats\r\n")); err != nil {
		return false
	}
	lines := bufio.NewScanner(conn)
	for lines.Scan() && lines.Text() != "END" {
		if value, found := strings.CutPrefix(lines.Text(), "STAT pid "); found {
			return value == strconv.Itoa(pid)
		}
	}
	return false
}

// Start starts a server and passes args to memcached, such as "-m", "5". The server stops when the test ends.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	return &Server{kind.Start(t, args...)}
}

// Patience is how long the clients of tests wait for a server.
const Patience = testserver.Patience

var shared = testserver.Shared{Kind: &kind}

// Shared returns the one server that all tests of the binary share. They must use different prefixes, and must leave
// the server running. It stops with the test binary, see [Main].
func Shared(t testing.TB) *Server {
	t.Helper()
	return &Server{shared.Server(t)}
}

// ExampleAddr returns the address of the shared server. It is for an Example, which has no testing.TB. It panics if the
// server did not start. If memcached is not installed, [Main] skips the examples.
func ExampleAddr() string { return shared.ExampleAddr() }

// Main wraps m for a TestMain. Run of the result runs the tests and stops the shared server before it returns, so its
// goroutines do not look leaked. If memcached is not installed, Run skips the examples, as it skips the tests. To use
// two kinds of servers, wrap twice.
//
//	func TestMain(m *testing.M) { goleak.VerifyTestMain(memcachedtest.Main(m)) }
func Main(m testserver.Runner) *testserver.Main { return &testserver.Main{Tests: m, Shared: &shared} }
