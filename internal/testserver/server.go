package testserver

import (
	"errors"
	"net"
	"testing"
)

// Server is a server of a test. Its methods fail the test when they fail. Pause, Resume, Stop and Restart are for
// one goroutine at a time, and not for the shared server.
type Server struct {
	Addr string // host:port

	t       testing.TB
	kind    *Kind
	binary  string // the path of the program
	args    []string
	process *process // nil after Stop
	shared  bool
}

// startAttempts is how many free ports are tried: another process may take one between its choice and its use.
const startAttempts = 5

// Start starts a server with more arguments for its program. It stops when the test ends.
func (k *Kind) Start(t testing.TB, args ...string) *Server {
	t.Helper()
	s := &Server{t: t, kind: k, binary: k.path(t)}
	if err := s.start(t.TempDir(), args); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// start starts s in dir on the first free port that it really gets.
func (s *Server) start(dir string, args []string) (err error) {
	for range startAttempts {
		if s.Addr, err = FreeAddr(); err != nil {
			return err
		}
		host, port, splitErr := net.SplitHostPort(s.Addr)
		if splitErr != nil {
			return splitErr
		}
		s.args = append(s.kind.Args(host, port, dir), args...)
		if err = s.launch(); !errors.Is(err, errExited) {
			return err
		}
	}
	return err
}

// launch starts the process of s, and returns when it answers.
func (s *Server) launch() (err error) {
	s.process, err = launch(s.kind, s.binary, s.Addr, s.args)
	return err
}

// Pause stops the server in its tracks (SIGSTOP): connections stay, and the kernel still accepts new ones, but
// nothing is answered until Resume.
func (s *Server) Pause() {
	s.t.Helper()
	s.own("Pause")
	if err := s.process.pause(); err != nil {
		s.t.Fatalf("pausing %s: %v", s.kind.Binary, err)
	}
}

// Resume ends a Pause. What the clients sent meanwhile is answered.
func (s *Server) Resume() {
	s.t.Helper()
	s.own("Resume")
	if err := s.process.resume(); err != nil {
		s.t.Fatalf("resuming %s: %v", s.kind.Binary, err)
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
		s.t.Fatalf("restarting %s: %v", s.kind.Binary, err)
	}
}

// own fails the test unless the server is the test's own, and running.
func (s *Server) own(method string) {
	s.t.Helper()
	if s.shared {
		s.t.Fatalf("%s of the shared %s", method, s.kind.Binary)
	}
	if s.process == nil {
		s.t.Fatalf("%s of a stopped %s", method, s.kind.Binary)
	}
}
