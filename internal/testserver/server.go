package testserver

import (
	"errors"
	"net"
	"testing"
)

// Server is a server of a test. If a method fails, it fails the test. Pause, Resume, Stop and Restart must not be
// called concurrently, nor on the shared server.
type Server struct {
	Addr string // host:port

	t       testing.TB
	kind    *Kind
	binary  string // the program's path
	args    []string
	process *process // nil after Stop
	shared  bool
}

// startAttempts is how many free ports are tried. Another process may take a port between the choice and the use of it.
const startAttempts = 5

// Start starts a server and passes args to its program. The server stops when the test ends.
func (k *Kind) Start(t testing.TB, args ...string) *Server {
	t.Helper()
	s := &Server{t: t, kind: k, binary: k.path(t)}
	if err := s.start(t.TempDir(), args); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// start starts s in dir, on the first free port that it can really get.
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

// launch starts the process of s, and returns when the server answers.
func (s *Server) launch() (err error) {
	s.process, err = launch(s.kind, s.binary, s.Addr, s.args)
	return err
}

// Pause pauses the server process (SIGSTOP). Connections stay open, and the kernel still accepts new ones, but nothing
// is answered until Resume.
func (s *Server) Pause() {
	s.t.Helper()
	s.own("Pause")
	if err := s.process.pause(); err != nil {
		s.t.Fatalf("pausing %s: %v", s.kind.Binary, err)
	}
}

// Resume continues the process after Pause. The server then answers the commands that were sent in between.
func (s *Server) Resume() {
	s.t.Helper()
	s.own("Resume")
	if err := s.process.resume(); err != nil {
		s.t.Fatalf("resuming %s: %v", s.kind.Binary, err)
	}
}

// Stop kills the server and waits until it is gone. If the server is already stopped, Stop does nothing.
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

// Restart stops the server if it runs, and starts it again, empty and on the same port.
func (s *Server) Restart() {
	s.t.Helper()
	s.Stop()
	if err := s.launch(); err != nil {
		s.t.Fatalf("restarting %s: %v", s.kind.Binary, err)
	}
}

// own fails the test unless the server belongs to this test alone and is running.
func (s *Server) own(method string) {
	s.t.Helper()
	if s.shared {
		s.t.Fatalf("%s was called on the shared %s", method, s.kind.Binary)
	}
	if s.process == nil {
		s.t.Fatalf("%s was called on a stopped %s", method, s.kind.Binary)
	}
}
