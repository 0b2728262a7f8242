package cachetest_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// brokenEnv names the broken cache on which TestRunOfABrokenCache runs the suite. The suite runs in another process,
// because a failing test in this process would fail the test itself.
const brokenEnv = "CACHETEST_BROKEN"

func TestRunOfABrokenCache(t *testing.T) {
	switch os.Getenv(brokenEnv) {
	case "miss":
		cachetest.Run(t, func(*testing.T) cache { return wrapsMiss{newReference()} }, cachetest.FakeTime())
	case "leak":
		cachetest.Run(t, func(*testing.T) cache { return newLeaks() }, cachetest.FakeTime())
	default:
		t.Run("fails by name and rule", func(t *testing.T) {
			output := failOf(t, "miss")
			for _, part := range []string{
				"--- FAIL: TestRunOfABrokenCache/Miss/Absent/Get ",
				"rule: an absent key is ErrMiss, returned bare",
			} {
				if !strings.Contains(output, part) {
					t.Errorf("the output lacks %q:\n%s", part, output)
				}
			}
			if n := strings.Count(output, "--- FAIL: TestRunOfABrokenCache/"); n != 3 {
				t.Errorf("%d cases failed, want 3:\n%s", n, output)
			}
		})
		t.Run("sees a goroutine that stays", func(t *testing.T) {
			if output := failOf(t, "leak"); !strings.Contains(output, "blocked goroutines remain") {
				t.Errorf("the output does not mention the goroutine:\n%s", output)
			}
		})
	}
}

// failOf runs the suite on a broken cache in another process, which must fail. It returns the output.
func failOf(t *testing.T, broken string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestRunOfABrokenCache$")
	command.Env = append(os.Environ(), brokenEnv+"="+broken)
	output, err := command.CombinedOutput()
	if _, ok := errors.AsType[*exec.ExitError](err); !ok {
		t.Fatalf("the run ended with %v, want a failure:\n%s", err, output)
	}
	return string(output)
}

// leaks has a janitor that Close does not stop.
type leaks struct{ *reference }

func newLeaks() leaks {
	c := leaks{newReference()}
	go func() { <-make(chan struct{}) }()
	return c
}
