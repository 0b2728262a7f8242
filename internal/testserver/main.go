package testserver

import (
	"flag"
	"fmt"
	"testing"
)

// Runner runs tests. It is a *testing.M, or a wrapper of one.
type Runner interface{ Run() int }

// Main runs the tests of a binary and stops the shared server after them.
type Main struct {
	Tests  Runner
	Shared *Shared
}

// Run runs the tests and returns the exit code of the binary. It stops the shared server before it returns, so a check
// for leaked goroutines after the tests finds none of the server's. If the server is not installed, or with -short, Run
// skips the examples, as it skips the tests.
func (m *Main) Run() int {
	defer m.Shared.stop()
	flag.Parse()
	if why := m.Shared.Kind.unavailable(); why != "" && (testing.Short() || !required()) {
		skipExamples(why)
	}
	return m.Tests.Run()
}

// skipExamples adds the examples to the flag -skip.
func skipExamples(why string) {
	pattern := "^Example"
	if skipped := flag.Lookup("test.skip"); skipped.Value.String() != "" {
		pattern = skipped.Value.String() + "|" + pattern
	}
	if err := flag.Set("test.skip", pattern); err != nil {
		panic(err) // -skip is a flag of package testing
	}
	fmt.Printf("skipping the examples: %s\n", why)
}
