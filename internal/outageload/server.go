//go:build unix

package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// server is a process that serves a cache.
type server struct {
	addr    string
	dir     string
	command func() *exec.Cmd // returns the process
	cmd     *exec.Cmd        // the process that runs
}

// startTimeout is how long a server may take from its start until it accepts connections.
const startTimeout = 10 * time.Second

// startRedis starts a Redis. Args are further arguments.
func startRedis(args ...string) (*server, error) {
	return start(func(host, port, dir string) *exec.Cmd {
		all := []string{"--bind", host, "--port", port, "--dir", dir, "--save", "", "--appendonly", "no"}
		return exec.Command("redis-server", append(all, args...)...)
	})
}

func startMemcached() (*server, error) {
	return start(func(host, port, _ string) *exec.Cmd {
		args := []string{"-l", host, "-p", port, "-U", "0"}
		if os.Getuid() == 0 {
			args = append(args, "-u", "root") // memcached refuses to run as root without this
		}
		return exec.Command("memcached", args...)
	})
}

// start starts a server at a free address, and returns when it accepts connections.
func start(command func(host, port, dir string) *exec.Cmd) (*server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := listener.Addr().String()
	if err := listener.Close(); err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "outageload")
	if err != nil {
		return nil, err
	}
	s := &server{addr: addr, dir: dir, command: func() *exec.Cmd { return command(host, port, dir) }}
	return s, s.serve()
}

// serve starts the process, and returns when it accepts connections.
func (s *server) serve() error {
	s.cmd = s.command()
	if err := s.cmd.Start(); err != nil {
		return err
	}
	for begun := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("tcp", s.addr)
		if err == nil {
			return conn.Close()
		}
		if time.Since(begun) > startTimeout {
			return fmt.Errorf("%s does not accept connections: %w", s.cmd.Path, err)
		}
	}
}

// enter brings the server into a state: healthy, hung or refusing.
func (s *server) enter(state string) error {
	switch state {
	case "hung":
		return s.cmd.Process.Signal(syscall.SIGSTOP)
	case "refusing":
		return s.kill()
	}
	return nil
}

// leave ends the state that enter has begun. The server is healthy then. If it was refusing, it has what it stored on
// disk.
func (s *server) leave(state string) error {
	switch state {
	case "hung":
		return s.cmd.Process.Signal(syscall.SIGCONT)
	case "refusing":
		return s.serve()
	}
	return nil
}

func (s *server) kill() error {
	if err := s.cmd.Process.Kill(); err != nil {
		return err
	}
	_ = s.cmd.Wait() // the exit status says that it was killed
	return nil
}

// end ends the server, if it still runs.
func (s *server) end() error {
	if s.cmd.ProcessState == nil {
		if err := s.kill(); err != nil {
			return err
		}
	}
	return os.RemoveAll(s.dir)
}
