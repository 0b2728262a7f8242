package redistest

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
)

// shared is the one server of this test binary, started when first asked for.
var shared struct {
	mu     sync.Mutex
	server *Server
	err    error
	dir    string
}

// Shared returns a server for all tests of the binary, which tell their keys apart by prefixes and leave it
// running. It ends with the test binary, see [Main].
func Shared(t testing.TB) *Server {
	t.Helper()
	server, err := theShared(binary(t))
	if err != nil {
		t.Fatalf("starting the shared redis-server: %v", err)
	}
	view := *server
	view.t = t
	return &view
}

// ExampleURL returns the URL of the shared server, for an Example, which has no testing.TB. It panics if there is
// none; but then [Main] has the examples skipped.
func ExampleURL() string {
	server, err := theShared("redis-server")
	if err != nil {
		panic(err)
	}
	return server.URL()
}

// theShared returns the shared server, and starts it the first time.
func theShared(binary string) (*Server, error) {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.server == nil && shared.err == nil {
		shared.server, shared.err = startShared(binary)
	}
	return shared.server, shared.err
}

func startShared(binary string) (*Server, error) {
	dir, err := os.MkdirTemp("", "redistest")
	if err != nil {
		return nil, err
	}
	shared.dir = dir
	s := &Server{binary: binary, shared: true}
	return s, s.start(dir, nil)
}

// Main wraps m for a TestMain: the shared server is gone when Run returns, so that a look for leaked goroutines after
// the tests finds none of its, and examples are skipped where tests are, because there is no redis-server.
//
//	func TestMain(m *testing.M) { goleak.VerifyTestMain(redistest.Main(m)) }
func Main(m interface{ Run() int }) *TestMain { return &TestMain{m: m} }

// TestMain runs the tests of a binary and stops the shared server after them.
type TestMain struct{ m interface{ Run() int } }

// Run runs the tests and returns the exit code of the binary.
func (m *TestMain) Run() int {
	defer stopShared()
	if _, err := exec.LookPath("redis-server"); err != nil && !required() {
		skipExamples()
	}
	return m.m.Run()
}

// skipExamples adds the examples to what -skip has.
func skipExamples() {
	flag.Parse()
	pattern := "^Example"
	if skipped := flag.Lookup("test.skip"); skipped.Value.String() != "" {
		pattern = skipped.Value.String() + "|" + pattern
	}
	if err := flag.Set("test.skip", pattern); err != nil {
		panic(err) // a flag of package testing
	}
	fmt.Println("skipping the examples: they need redis-server, which is not installed")
}

func stopShared() {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.server != nil && shared.server.process != nil {
		shared.server.process.kill()
	}
	shared.server, shared.err = nil, nil
	if shared.dir != "" {
		_ = os.RemoveAll(shared.dir) // an empty folder at most: the server writes nothing
		shared.dir = ""
	}
}
