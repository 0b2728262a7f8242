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
	addr string
	cmd  *exec.Cmd
	dir  string
}

// startTimeout is how long a server may take from its start until it accepts connections.
const startTimeout = 10 * time.Second

func startRedis() (*server, error) {
	return start(func(host, port, dir string) *exec.Cmd {
		return exec.Command("redis-server", "--bind", host, "--port", port, "--dir", dir, "--save", "", "--appendonly", "no")
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
	s := &server{addr: addr, cmd: command(host, port, dir), dir: dir}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	for begun := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			return s, conn.Close()
		}
		if time.Since(begun) > startTimeout {
			return nil, fmt.Errorf("%s does not accept connections: %w", s.cmd.Path, err)
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
