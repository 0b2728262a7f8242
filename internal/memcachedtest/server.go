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

// Server is a memcached of a test.
type Server struct{ *testserver.Server }

var kind = testserver.Kind{
	Binary: "memcached",
	Args: func(host, port, _ string) []string {
		args := []string{"-l", host, "-p", port, "-U", "0", "-t", "2"}
		if os.Getuid() == 0 {
			args = append(args, "-u", "root") // it does not run as root without being told to
		}
		return args
	},
	Answers: answers,
}

// answers reports whether the server at addr answers and is process pid: memcached says nothing when it is ready, and
// another one may have taken the port.
func answers(ctx context.Context, addr string, pid int) bool {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }() // it only ever asked for stats
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

// Start starts a server with more arguments for memcached, such as "-m", "5". It stops when the test ends.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	return &Server{kind.Start(t, args...)}
}

var shared = testserver.Shared{Kind: &kind}

// Shared returns a server for all tests of the binary, which tell their keys apart by prefixes and leave it
// running. It ends with the test binary, see [Main].
func Shared(t testing.TB) *Server {
	t.Helper()
	return &Server{shared.Server(t)}
}

// ExampleAddr returns the address of the shared server, for an Example, which has no testing.TB. It panics if there
// is none; but then [Main] has the examples skipped.
func ExampleAddr() string { return shared.ExampleAddr() }

// Main wraps m for a TestMain: the shared server is gone when Run returns, so that a look for leaked goroutines after
// the tests finds none of its, and examples are skipped where tests are, because there is no memcached. For two
// kinds of servers, wrap twice.
//
//	func TestMain(m *testing.M) { goleak.VerifyTestMain(memcachedtest.Main(m)) }
func Main(m testserver.Runner) *testserver.Main { return &testserver.Main{Tests: m, Shared: &shared} }
