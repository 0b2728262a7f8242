package redistest

import (
	"context"
	"errors"
	"net"
	"testing"

	"github.com/redis/go-redis/v9"
)

// Server is a redis-server of a test. Its methods fail the test when they fail. Pause, Resume, Stop and Restart are
// for one goroutine at a time, and not for the shared server.
type Server struct {
	Addr string // host:port

	t       testing.TB
	binary  string
	args    []string
	process *process // nil after Stop
	shared  bool
}

// startAttempts is how many free ports are tried: another process may take one between its choice and its use.
const startAttempts = 5

// Start starts a server with more arguments for redis-server, such as "--maxmemory", "5mb". It stops when
// the test ends.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	s := &Server{t: t, binary: binary(t)}
	if err := s.start(t.TempDir(), args); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// start starts s in dir on the first free port that it really gets.
func (s *Server) start(dir string, args []string) (err error) {
	for range startAttempts {
		if s.Addr, err = freeAddr(); err != nil {
			return err
		}
		host, port, splitErr := net.SplitHostPort(s.Addr)
		if splitErr != nil {
			return splitErr
		}
		s.args = append([]string{
			"--bind", host, "--port", port, "--dir", dir,
			"--save", "", "--appendonly", "no", "--daemonize", "no", "--loglevel", "notice",
		}, args...)
		if err = s.launch(); !errors.Is(err, errExited) {
			return err
		}
	}
	return err
}

// launch starts the process of s, and returns when it answers.
func (s *Server) launch() error {
	process, err := launch(s.binary, s.args)
	if err != nil {
		return err
	}
	client := redis.NewClient(s.options())
	defer func() { _ = client.Close() }() // it only ever asked for PING
	// Bounded, and not by the test's context: that one is done when Restart is called from a Cleanup.
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	// A server that wants a password answers too.
	if err := client.Ping(ctx).Err(); err != nil && !redis.HasErrorPrefix(err, "NOAUTH") {
		process.kill()
		return err
	}
	s.process = process
	return nil
}

// freeAddr returns a loopback address that was free a moment ago.
func freeAddr() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

func (s *Server) options() *redis.Options { return &redis.Options{Addr: s.Addr} }

// URL returns the address as redis.ParseURL wants it.
func (s *Server) URL() string { return "redis://" + s.Addr }

// Client returns a client with default options, closed when t ends.
func (s *Server) Client(t testing.TB) *redis.Client {
	client := redis.NewClient(s.options())
	t.Cleanup(func() {
		if err := client.Close(); err != nil && !errors.Is(err, redis.ErrClosed) {
			t.Errorf("closing the Redis client: %v", err)
		}
	})
	return client
}

// Pause stops the server in its tracks (SIGSTOP): connections stay, and the kernel still accepts new ones, but
// nothing is answered until Resume.
func (s *Server) Pause() {
	s.t.Helper()
	s.own("Pause")
	if err := s.process.pause(); err != nil {
		s.t.Fatalf("pausing redis-server: %v", err)
	}
}

// Resume ends a Pause. What the clients sent meanwhile is answered.
func (s *Server) Resume() {
	s.t.Helper()
	s.own("Resume")
	if err := s.process.resume(); err != nil {
		s.t.Fatalf("resuming redis-server: %v", err)
	}
}

// Stop kills the server and waits until it is gone. It does nothing to one that is stopped.
func (s *Server) Stop() {
	s.t.Helper()
	if s.shared {
		s.own("Stop")
	}
	if s.process != nil {
		s.process.kill()
		s.process = nil
	}
}

// Restart starts the server again, empty and on the same port, and stops it first if it runs.
func (s *Server) Restart() {
	s.t.Helper()
	s.Stop()
	if err := s.launch(); err != nil {
		s.t.Fatalf("restarting redis-server: %v", err)
	}
}

// own fails the test unless the server is the test's own, and running.
func (s *Server) own(method string) {
	s.t.Helper()
	if s.shared {
		s.t.Fatalf("redistest: %s of the shared server", method)
	}
	if s.process == nil {
		s.t.Fatalf("redistest: %s of a stopped server", method)
	}
}
