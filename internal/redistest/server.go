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

// Server is a redis-server for tests.
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
	defer func() { _ = conn.Close() }() // nothing is lost: it only sent PING
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return false
	}
	reply, err := bufio.NewReader(conn).ReadString('\n')
	// A server that asks for a password is running, too.
	return err == nil && (strings.HasPrefix(reply, "+PONG") || strings.HasPrefix(reply, "-NOAUTH"))
}

// Start starts a server. Args are further arguments of redis-server, such as "--maxmemory", "5mb". The server stops
// when the test ends.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	return &Server{kind.Start(t, args...)}
}

// Patience is how long the clients of tests wait for a server.
const Patience = testserver.Patience

var shared = testserver.Shared{Kind: &kind}

// Shared returns a server for all tests of the binary. Tests separate their keys by prefixes, and must not stop the
// server. It stops when the tests have ended (see [Main]).
func Shared(t testing.TB) *Server {
	t.Helper()
	return &Server{shared.Server(t)}
}

// ExampleURL returns the URL of the shared server. It is for Examples, which have no testing.TB. It panics if the
// server could not start. If redis-server is missing, [Main] skips the examples.
func ExampleURL() string { return url(shared.ExampleAddr()) }

// Main wraps m for a TestMain. It stops the shared server before Run returns, so that a check for leaked goroutines
// after the tests does not find the server's. If redis-server is missing, it skips the examples.
//
//	func TestMain(m *testing.M) { goleak.VerifyTestMain(redistest.Main(m)) }
func Main(m testserver.Runner) *testserver.Main { return &testserver.Main{Tests: m, Shared: &shared} }

// URL returns the address of the server as a URL for redis.ParseURL.
func (s *Server) URL() string { return url(s.Addr) }

func url(addr string) string { return "redis://" + addr }

// Options returns the options of a client that waits [Patience] for the server.
func (s *Server) Options() *redis.Options {
	return &redis.Options{
		Addr: s.Addr, DialTimeout: Patience, ReadTimeout: Patience, WriteTimeout: Patience, PoolTimeout: Patience,
	}
}

// Client returns a client with these Options. It is closed when the test ends.
func (s *Server) Client(t testing.TB) *redis.Client { return newClient(t, s.Options()) }

// FailFast returns a Client that does not try again when the server is down. It has one pool of connections: when a Ping
// succeeds, pipelines will, too.
func (s *Server) FailFast(t testing.TB) *redis.Client {
	options := s.Options()
	options.MaxRetries, options.DialerRetries, options.PipelinePoolSize = -1, 1, -1
	return newClient(t, options)
}

func newClient(t testing.TB, options *redis.Options) *redis.Client {
	client := redis.NewClient(options)
	t.Cleanup(func() {
		if err := client.Close(); err != nil && !errors.Is(err, redis.ErrClosed) {
			t.Errorf("closing the Redis client: %v", err)
		}
	})
	return client
}
