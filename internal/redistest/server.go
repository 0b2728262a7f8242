package redistest

import (
	"bufio"
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/internal/testserver"
)

// Server is a redis-server of a test.
type Server struct{ *testserver.Server }

var kind = testserver.Kind{
	Binary: "redis-server",
	Args: func(host, port, dir string) []string {
		return []string{
			"--bind", host, "--port", port, "--dir", dir,
			"--save", "", "--appendonly", "no", "--daemonize", "no", "--loglevel", "notice",
		}
	},
	Ready:   "eady to accept connections", // with a capital or a small letter
	Answers: func(ctx context.Context, addr string, _ int) bool { return answers(ctx, addr) },
}

// answers reports whether the server at addr answers a PING.
func answers(ctx context.Context, addr string) bool {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }() // it only ever asked for PING
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return false
	}
	reply, err := bufio.NewReader(conn).ReadString('\n')
	// A server that wants a password answers too.
	return err == nil && (strings.HasPrefix(reply, "+PONG") || strings.HasPrefix(reply, "-NOAUTH"))
}

// Start starts a server with more arguments for redis-server, such as "--maxmemory", "5mb". It stops when
// the test ends.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	return &Server{kind.Start(t, args...)}
}

var shared = testserver.Shared{Kind: &kind}

// Shared returns a server for all tests of the binary, which keep their keys apart by prefixes and leave it
// running. It ends with the test binary, see [Main].
func Shared(t testing.TB) *Server {
	t.Helper()
	return &Server{shared.Server(t)}
}

// ExampleURL returns the URL of the shared server, for an Example, which has no testing.TB. It panics if it did
// not start; but then [Main] has the examples skipped.
func ExampleURL() string { return url(shared.ExampleAddr()) }

// Main wraps m for a TestMain: the shared server is gone when Run returns, so that a look for leaked goroutines after
// the tests finds none of its, and examples are skipped where tests are, because redis-server is missing.
//
//	func TestMain(m *testing.M) { goleak.VerifyTestMain(redistest.Main(m)) }
func Main(m testserver.Runner) *testserver.Main { return &testserver.Main{Tests: m, Shared: &shared} }

// URL returns the address as redis.ParseURL wants it.
func (s *Server) URL() string { return url(s.Addr) }

func url(addr string) string { return "redis://" + addr }

// Client returns a client with default options, closed when t ends.
func (s *Server) Client(t testing.TB) *redis.Client {
	client := redis.NewClient(&redis.Options{Addr: s.Addr})
	t.Cleanup(func() {
		if err := client.Close(); err != nil && !errors.Is(err, redis.ErrClosed) {
			t.Errorf("closing the Redis client: %v", err)
		}
	})
	return client
}
