package testserver

import (
	"os"
	"sync"
	"testing"
)

// Shared is a server that all tests of a binary may use. It is started by its first use. There is one for each kind.
type Shared struct {
	Kind *Kind

	mu     sync.Mutex
	server *Server
	err    error
	dir    string
}

// Server returns the shared server for t. The server runs on when t ends, and stops with the test binary, see [Main].
func (s *Shared) Server(t testing.TB) *Server {
	t.Helper()
	server, err := s.started(s.Kind.path(t))
	if err != nil {
		t.Fatalf("starting the shared %s: %v", s.Kind.Binary, err)
	}
	view := *server
	view.t = t
	return &view
}

// ExampleAddr returns the address of the shared server. It is for an Example, which has no testing.TB. It panics if the
// server did not start. If the server is not installed, [Main] skips the examples.
func (s *Shared) ExampleAddr() string {
	server, err := s.started(s.Kind.Binary)
	if err != nil {
		panic(err)
	}
	return server.Addr
}

// started returns the server. The first call starts it.
func (s *Shared) started(binary string) (*Server, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server == nil && s.err == nil {
		s.server, s.err = s.start(binary)
	}
	return s.server, s.err
}

func (s *Shared) start(binary string) (*Server, error) {
	dir, err := os.MkdirTemp("", "testserver")
	if err != nil {
		return nil, err
	}
	s.dir = dir
	server := &Server{kind: s.Kind, binary: binary, shared: true}
	return server, server.start(dir, nil)
}

func (s *Shared) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server != nil && s.server.process != nil {
		s.server.process.kill()
	}
	s.server, s.err = nil, nil
	if s.dir != "" {
		_ = os.RemoveAll(s.dir) // at most an empty folder, because the servers write nothing
		s.dir = ""
	}
}
