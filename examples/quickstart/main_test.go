package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// If the environment variable asProgram is set, the test binary runs the program. So the tests run a process and see
// its exit status.
const asProgram = "QUICKSTART_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

// program returns a command that runs the program. It is not started yet.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), self, args...)
	command.Env = append(os.Environ(), asProgram+"=1", "GORACE=atexit_sleep_ms=0") // by default the race detector delays the exit by a second
	return command
}

// finish runs the program, and returns its output and its exit status.
func finish(t *testing.T, command *exec.Cmd) (stdout, stderr string, status int) {
	t.Helper()
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), command.ProcessState.ExitCode()
}

// begin starts the program, and returns when its requests have begun.
func begin(t *testing.T, command *exec.Cmd) *running {
	t.Helper()
	r := &running{command: command}
	command.Stdout = &r.out
	stderr, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	r.errs = bufio.NewReader(stderr)
	line, err := r.errs.ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "  0% of ") {
		t.Fatalf("the first line on standard error is %q, %v", line, err)
	}
	return r
}

// running is a program that was started.
type running struct {
	command *exec.Cmd
	out     bytes.Buffer
	errs    *bufio.Reader
}

func (r *running) interrupt(t *testing.T) {
	t.Helper()
	if err := r.command.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
}

// wait waits for the end of the program. It fails the test if the exit status is not status, if the last line on
// standard error does not match says, or if the report is missing.
func (r *running) wait(t *testing.T, status int, says string) {
	t.Helper()
	errs, err := io.ReadAll(r.errs)
	if err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := r.command.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if got := r.command.ProcessState.ExitCode(); got != status {
		t.Errorf("status is %d, want %d", got, status)
	}
	if !regexp.MustCompile(`(?m)^` + says + `\n\z`).Match(errs) {
		t.Errorf("standard error does not end in %s: %q", says, errs)
	}
	if !regexp.MustCompile(`(?m)^requests +[\d,]+ in `).Match(r.out.Bytes()) {
		t.Errorf("there is no report: %q", r.out.String())
	}
}

// threeFiles returns a directory with three Go files and some other files. One of the Go files is not valid Go.
func threeFiles(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.go"), "package a\n\nvar x, y int\n")
	write(t, filepath.Join(dir, "sub", "b.go"), "package b")
	write(t, filepath.Join(dir, "sub", "c.go"), "this is \"no\nGo\n")
	write(t, filepath.Join(dir, "sub", "README"), "text")
	write(t, filepath.Join(dir, "dir.go", "text"), "text")
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
