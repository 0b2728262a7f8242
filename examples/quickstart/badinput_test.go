package main

import (
	"net"
	"path/filepath"
	"strings"
	"testing"
)

func TestBadInputIsOneLineAndStatusOne(t *testing.T) {
	dir := threeFiles(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		args []string
		says string
	}{
		{"no such directory", []string{filepath.Join(dir, "none")}, "there is no directory "},
		{"a file", []string{filepath.Join(dir, "a.go")}, "is not a directory"},
		{"no Go files", []string{filepath.Join(dir, "dir.go")}, "there are no Go files under "},
		{"two directories", []string{dir, dir}, "more than one DIR"},
		{"unknown flag", []string{"-color", dir}, "-color"},
		{"no requests", []string{"-requests", "0", dir}, "-requests must be at least 1"},
		{"negative near", []string{"-near", "-1", dir}, "-near must not be negative"},
		{"bad URL", []string{"-redis", "nonsense", dir}, "-redis: "},
		{"server down", []string{"-redis", "redis://" + nobody, dir}, "connection refused"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out, errs, status := finish(t, program(t, test.args...))
			if status != 1 || out != "" {
				t.Errorf("status is %d, standard output %q", status, out)
			}
			line, rest, ended := strings.Cut(errs, "\n")
			if !strings.HasPrefix(line, "quickstart: ") || !strings.Contains(line, test.says) || !ended || rest != "" {
				t.Errorf("standard error is not one line that says %q: %q", test.says, errs)
			}
		})
	}
}

func TestNoDirectoryAndNoToolchain(t *testing.T) {
	command := program(t)
	command.Env = append(command.Env, "PATH="+t.TempDir())
	_, errs, status := finish(t, command)
	if status != 1 || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, "the Go toolchain's source cannot be found") {
		t.Errorf("status is %d, standard error %q", status, errs)
	}
}

func TestHelpIsNoFailure(t *testing.T) {
	out, errs, status := finish(t, program(t, "-help"))
	if status != 0 || errs != "" || !strings.Contains(out, "-redis URL") {
		t.Errorf("status is %d, standard error %q, standard output %q", status, errs, out)
	}
}
