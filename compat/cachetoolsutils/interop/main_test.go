package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
)

// If the environment variable asProcess is set, the test binary runs the command.
const asProcess = "INTEROP_AS_PROCESS"

func TestMain(m *testing.M) {
	if os.Getenv(asProcess) != "" {
		main()
	}
	goleak.VerifyTestMain(redistest.Main(memcachedtest.Main(m)))
}

// interop runs the command as a separate process.
func interop(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0], args...)
	command.Env = append(os.Environ(), asProcess+"=1")
	var out, errs strings.Builder
	command.Stdout, command.Stderr = &out, &errs
	err := command.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), out.String(), errs.String()
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0, out.String(), errs.String()
}

func TestEveryPublicCase(t *testing.T) {
	args := []string{
		"--redis", redistest.Shared(t).Addr, "--memcached", memcachedtest.Shared(t).Addr,
		"--set", "../testdata/redis.json", "--set", "../testdata/memcached.json", "--set", "../testdata/stacks.json",
	}
	for _, op := range []string{"write", "read", "delete"} {
		status, stdout, stderr := interop(t, append(args, "--op", op)...)
		if status != 0 || stdout != "407 ok, 0 bad\n" {
			t.Fatalf("%s: status %d\n%s%s", op, status, stdout, stderr)
		}
	}
	// The deleted entries are absent. The cases that Python refuses to write are still refused.
	status, stdout, stderr := interop(t, append(args, "--op", "read")...)
	if status != 1 || !strings.HasSuffix(stdout, "\n4 ok, 403 bad\n") || !strings.Contains(stdout, "redis-0001: cache miss\n") {
		t.Errorf("read of nothing: status %d\n%s%s", status, stdout, stderr)
	}
}

func TestMismatchIsBad(t *testing.T) {
	server := redistest.Start(t)
	set := writeSet(t, `{"id": "one", "backend": "redis", "stack": [{"type": "RedisCache", "ttl": 600, "raw": false}],
		"call": {"via": "item", "key": {"t": "str", "v": "6b"}}, "value": {"t": "int", "v": "1"},
		"read": {"value": {"t": "int", "v": "1"}}}`)
	if err := server.Client(t).Set(t.Context(), `"k"`, "1.0", 0).Err(); err != nil {
		t.Fatal(err)
	}
	status, stdout, _ := interop(t, "--redis", server.Addr, "--op", "read", "--set", set)
	if status != 1 || stdout != "one: read float64 (1.0,) instead of int64 (1,)\n0 ok, 1 bad\n" {
		t.Errorf("status %d, %q", status, stdout)
	}
}

func TestSetUpFailures(t *testing.T) {
	needsMemcached := writeSet(t, `{"id": "one", "backend": "memcached", "stack": [{"type": "MemCached"}],
		"call": {"via": "item", "key": {"t": "none"}}, "value": {"t": "none"}}`)
	unknown := writeSet(t, `{"id": "one", "kind": "quantum"}`)
	const nobody = "127.0.0.1:1"
	for _, test := range []struct {
		name, says string
		args       []string
	}{
		{"no operation", "--op", []string{"--set", needsMemcached}},
		{"no set", "no --set", []string{"--op", "read"}},
		{"no such file", "no such file", []string{"--op", "read", "--set", "nowhere.json"}},
		{"a kind that is not known", "unknown kind", []string{"--op", "read", "--set", unknown}},
		{"a case without a server", "needs no server", []string{"--op", "read", "--set", "../testdata/bytes.json"}},
		{"no address", "no --memcached", []string{"--op", "read", "--set", needsMemcached}},
		{"Memcached down", "memcached:", []string{"--memcached", nobody, "--op", "read", "--set", needsMemcached}},
		{"Redis down", "redis:", []string{
			"--redis", nobody, "--op", "read", "--set", "../testdata/redis.json",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			status, stdout, stderr := interop(t, test.args...)
			if status != 2 || stdout != "" || !strings.Contains(stderr, test.says) {
				t.Errorf("status %d, stdout %q, stderr %q", status, stdout, stderr)
			}
		})
	}
}

// writeSet writes a file with one case.
func writeSet(t *testing.T, oneCase string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "set.json")
	if err := os.WriteFile(path, []byte(`{"encoding": "hex", "count": 1, "cases": [`+oneCase+`]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
