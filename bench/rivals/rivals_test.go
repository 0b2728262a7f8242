package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// TestMain makes the program of the tests measure one cache if it is started as a child. So the tests of that need not build
// another program.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == childCommand {
		main()
		return
	}
	// The goroutine of expirable never ends: its library says so.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/hashicorp/golang-lru/v2/expirable.NewLRU[...].func1"))
}

func TestQuickRunWritesEveryPart(t *testing.T) {
	folder := t.TempDir()
	results, rounds := filepath.Join(folder, "results.md"), filepath.Join(folder, "rounds.csv")
	args := []string{"-quick", "-o", results, "-csv", rounds}
	parts := []string{
		"## In short", "## Reads and writes", "## Memory of an entry", "## Garbage collection", "## Hit ratios", "## Cached loads", "## Not compared",
	}
	if _, err := exec.LookPath("redis-server"); err != nil || testing.Short() {
		args = append(args, "-parts", "speed,entries,gc,hits,loads")
	} else {
		parts = append(parts, "### two levels, far hit")
	}
	var stdout, stderr bytes.Buffer
	if err := run(t.Context(), args, &stdout, &stderr); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	if stdout.Len() > 0 {
		t.Errorf("it wrote to standard output, although -o names a file:\n%s", stdout.String())
	}
	text := read(t, results)
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("the results have no %q", part)
		}
	}
	if strings.Contains(text, folder) || strings.Contains(text, "NaN") || strings.Contains(text, "lost keys") {
		t.Errorf("the results have a path, a NaN, or a contender that loses keys:\n%s", text)
	}
	lines := strings.Split(strings.TrimSpace(read(t, rounds)), "\n")
	if len(lines) < 100 || !strings.HasPrefix(lines[0], "cell,contender,round,ns") {
		t.Errorf("the CSV has %d lines and begins with %q", len(lines), lines[0])
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestCachesAreMeasuredInProcessesOfTheirOwn runs the parts that a quick run measures in its own process.
func TestCachesAreMeasuredInProcessesOfTheirOwn(t *testing.T) {
	args := []string{"-parts", "entries,gc", "-only", "^(cached|sharded map)$", "-entries", "1000", "-gc-entries", "1000"}
	var stdout, stderr bytes.Buffer
	err := run(t.Context(), args, &stdout, &stderr)
	if out := stdout.String(); err != nil || !strings.Contains(out, "| cached |") || !strings.Contains(out, "| sharded map |") {
		t.Errorf("%v\n%s%s", err, out, stderr.String())
	}
}

// Every row of the results has a name that -only takes. What then has no row is left out.
func TestOnlyTakesTheNameOfEveryRow(t *testing.T) {
	for _, test := range []struct{ args, row, absent string }{
		{"-quick -parts loads,speed -only ^go-redis/cache$", "| go-redis/cache |", "## Reads and writes"},
		{"-quick -parts loads -only ^go-redis/cache$", "| go-redis/cache |", "### many, hits"},
		{"-quick -parts hits,loads -only S3-FIFO", "| S3-FIFO (simulated) |", "## Cached loads"},
	} {
		var stdout, stderr bytes.Buffer
		if err := run(t.Context(), strings.Fields(test.args), &stdout, &stderr); err != nil {
			t.Errorf("%s: %v", test.args, err)
			continue
		}
		if out := stdout.String(); !strings.Contains(out, test.row) || strings.Contains(out, test.absent) {
			t.Errorf("%s: the results have no %q, or have %q:\n%s", test.args, test.row, test.absent, out)
		}
	}
}

func TestWrongFlagsAreNamed(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"-parts speed,nothing", `-parts: there is no "nothing"; want some of speed,entries,gc,hits,loads,levels`},
		{"-quick -chosen web07", `-chosen: there is no "web07"; want some of `},
		{"-only ( -parts speed", "-only: error parsing regexp"},
		{"-only go-redis -parts speed", `-only: no contender has a name that matches "go-redis"`},
		{"-only otter -parts levels", `-only: no contender has a name that matches "otter"`},
		{"-only nobody", `-only: no contender has a name that matches "nobody"`},
		{"-workloads ^sleep", `-workloads: no workload has a name that matches "^sleep"`},
		{"-keys float", `-keys: there is no "float"; want some of string,int`},
		{"-ttl 5s", `-ttl: there is no "5s"; want some of off,on`},
		{"-goroutines 1,x", `-goroutines: "x" is not a positive number`},
		{"-goroutines 0", `-goroutines: "0" is not a positive number`},
		{"-procs 100000", "-procs: 100000 is more than"},
		{"-rounds 0", "-rounds is 0, and must be at least 1"},
		{"-ops 3", "-ops is 3, and must be at least 1000"},
		{"-traces /nowhere", "-traces: open /nowhere: no such file or directory"},
		{"-quick -parts entries -only ^cached$ -o /nowhere/results.md", "-o: open /nowhere/results.md"},
		{"more", `there are arguments that are not flags: ["more"]`},
		{"child entries nobody 1 1s", `child: there is no contender "nobody"`},
		{"child entries", `child: want a part, a contender, a number of entries and a TTL`},
	} {
		err := run(t.Context(), strings.Fields(test.args), io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want an error with %q", test.args, err, test.want)
		}
	}
}
