package cached_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// origin is what the tests cache: it counts how often it is asked, and has one value per key that can be changed.
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

func (s *origin) set(key, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[key] = value
}

func (s *origin) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *origin) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.loads
}

func (s *origin) expect(t *testing.T, loads int) {
	t.Helper()
	if got := s.count(); got != loads {
		t.Errorf("the source was asked %d times, want %d", got, loads)
	}
}

// expect fails the test unless value and err are what was wanted.
func expect(t *testing.T, value string, err error, want string, wantErr error) {
	t.Helper()
	if value != want || !errors.Is(err, wantErr) {
		t.Errorf("got %q, %v; want %q, %v", value, err, want, wantErr)
	}
}

func newMemory() *memory.Cache[string, string] { return memory.New[string, string](nil) }

// store is what doubles of a cache embed. Its methods are compiled again for each double, and it has fewer than memory.
type store = ctxcache.Forward[string, string]

// over returns a store that forwards all calls to inner.
func over(inner ctxcache.Cache[string, string]) store {
	return ctxcache.NewForward(inner, ctxcache.Description{Kind: "double"})
}
