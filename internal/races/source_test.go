package races_test

import (
	"context"
	"sync"
)

// source is what is cached: one value, under every key. A load reads it at once, but returns only when the test lets
// it.
type source struct {
	loads chan *loading // loads that have read the source and now wait

	mu    sync.Mutex
	now   reply
	count int

	freed chan struct{} // closed when loads need not wait any more
}

// loading is a load that has read the source.
type loading struct {
	ctx      context.Context
	released chan struct{}
}

func newSource(value string) *source {
	return &source{loads: make(chan *loading), now: reply{value: value}, freed: make(chan struct{})}
}

func (s *source) load(ctx context.Context, _ string) (string, error) {
	s.mu.Lock()
	s.count++
	read := s.now
	s.mu.Unlock()
	l := &loading{ctx, make(chan struct{})}
	select {
	case s.loads <- l:
	case <-s.freed:
		return read.value, read.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
	select {
	case <-l.released:
		return read.value, read.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// change makes all later loads read now.
func (s *source) change(now reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = now
}

// free lets all later loads return at once.
func (s *source) free() { close(s.freed) }

// loaded returns how many loads have read the source.
func (s *source) loaded() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

// release lets the load return what it has read.
func (l *loading) release() { close(l.released) }
