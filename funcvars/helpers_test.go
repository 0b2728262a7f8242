package funcvars_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/ctxcache/cached/ctxcache"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type point struct{ X, Y int }

// hidden has a field that JSON does not see.
type hidden struct{ secret int }

// left has a field that JSON leaves out.
type left struct {
	A int
	B int `json:"-"`
}

// Public is embedded in structs.
type Public struct{ A int }

// origin is what the tests cache: it counts how often it is asked, and has one value per key.
type origin struct {
	mu     sync.Mutex
	values map[string]string
	err    error
	loads  int
}

func newOrigin(pairs ...string) *origin {
	s := &origin{values: make(map[string]string)}
	for i := 0; i < len(pairs); i += 2 {
		s.values[pairs[i]] = pairs[i+1]
	}
	return s
}

func (s *origin) load(_ context.Context, key string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loads++
	if s.err != nil {
		return "", s.err
	}
	value, ok := s.values[key]
	if !ok {
		return "", ctxcache.ErrNotFound
	}
	return value, nil
}

func (s *origin) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *origin) expect(t *testing.T, loads int) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.loads != loads {
		t.Errorf("the source was asked %d times, want %d", s.loads, loads)
	}
}

// expect fails the test unless value and err are what was wanted.
func expect(t *testing.T, value string, err error, want string, wantErr error) {
	t.Helper()
	if value != want || !errors.Is(err, wantErr) {
		t.Errorf("got %q, %v; want %q, %v", value, err, want, wantErr)
	}
}

type result struct {
	value string
	err   error
}

// async runs do on a goroutine of its own, and returns where its result comes.
func async(do func() (string, error)) <-chan result {
	results := make(chan result, 1)
	go func() {
		value, err := do()
		results <- result{value, err}
	}()
	return results
}
