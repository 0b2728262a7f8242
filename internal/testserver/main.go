package testserver

import (
	"flag"
	"fmt"
	"os/exec"
)

// Runner is what a TestMain runs: a *testing.M, or one that is wrapped.
type Runner interface{ Run() int }

// Main runs the tests of a binary and stops the shared server after them.
type Main struct {
	Tests  Runner
	Shared *Shared
}

// Run runs the tests and returns the exit code of the binary. The shared server is gone when it returns, so that a
// look for leaked goroutines after the tests finds none of its. Examples are skipped where tests are, because the
// server is not installed.
func (m *Main) Run() int {
	defer m.Shared.stop()
	if _, err := exec.LookPath(m.Shared.Kind.Binary); err != nil && !required() {
		skipExamples(m.Shared.Kind.Binary)
	}
	return m.Tests.Run()
}

// skipExamples adds the examples to what -skip has.
func skipExamples(binary string) {
	flag.Parse()
	pattern := "^Example"
	if skipped := flag.Lookup("test.skip"); skipped.Value.String() != "" {
		pattern = skipped.Value.String() + "|" + pattern
	}
	if err := flag.Set("test.skip", pattern); err != nil {
		panic(err) // a flag of package testing
	}
	fmt.Printf("skipping the examples: they need %s, which is not installed\n", binary)
}
