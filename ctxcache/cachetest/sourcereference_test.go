package cachetest_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// referenceSource is the simplest source: a queue for each Watch. It must pass every case.
type referenceSource struct {
	mu     sync.Mutex
	queues map[*eventQueue]bool
	away   bool
	ended  chan struct{} // closed at the end of a case, for what broken sources leave behind
}

// eventQueue is what waits for a Watch.
type eventQueue struct {
	events []ctxcache.Event
	wake   chan struct{} // has room for one signal
	cut    chan struct{} // closed when the stream is interrupted
}

func newReferenceSource() *referenceSource {
	return &referenceSource{queues: make(map[*eventQueue]bool), ended: make(chan struct{})}
}

var errCut = errors.New("the stream was interrupted")

// streamOf returns a stream of source, whose changes are made in s.
func (s *referenceSource) streamOf(source ctxcache.Source) cachetest.Stream {
	return cachetest.Stream{
		Source: source, Change: s.change,
		Begin: func(ctx context.Context, key string) (func(bool) error, error) {
			return func(happens bool) error {
				if !happens {
					return nil
				}
				return s.change(ctx, key)
			}, nil
		},
		Cuts: map[string]func(*testing.T) func(){
			"blink": func(*testing.T) func() {
				s.cut()()
				return func() {}
			},
			"outage": func(*testing.T) func() { return s.cut() },
		},
	}
}

func (s *referenceSource) StoredKey(key any) any {
	if key, ok := key.(string); ok {
		return "stored:" + key
	}
	return nil
}

func (s *referenceSource) change(_ context.Context, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away {
		return errCut
	}
	for q := range s.queues {
		q.events = append(q.events, ctxcache.Event{Key: s.StoredKey(key)})
		q.ring()
	}
	return nil
}

func (q *eventQueue) ring() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// cut interrupts the stream until heal is called.
func (s *referenceSource) cut() (heal func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = true
	for q := range s.queues {
		close(q.cut)
	}
	clear(s.queues)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.away = false
	}
}

func (s *referenceSource) subscribe() (*eventQueue, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away {
		return nil, errCut
	}
	q := &eventQueue{wake: make(chan struct{}, 1), cut: make(chan struct{})}
	s.queues[q] = true
	return q, nil
}

func (s *referenceSource) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	q, err := s.subscribe()
	if err != nil {
		return err
	}
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.queues, q)
	}()
	fn(ctxcache.Event{Gap: true})
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-q.cut:
			return errCut
		case <-q.wake:
		}
		s.mu.Lock()
		events := q.events
		q.events = nil
		s.mu.Unlock()
		for _, e := range events {
			fn(e)
		}
	}
}

func TestReferenceSource(t *testing.T) {
	newStream := func(*testing.T) cachetest.Stream {
		s := newReferenceSource()
		return s.streamOf(s)
	}
	if got := cachetest.RunSource(t, newStream, cachetest.FakeTime()); len(got.Unproved) > 0 || got.Ran != 10 {
		t.Errorf("%d cases ran, and %v are unproved", got.Ran, got.Unproved)
	}
	cachetest.RunSource(t, newStream)
}

// TestSourceUnproved checks that RunSource lists the rules that it cannot check.
func TestSourceUnproved(t *testing.T) {
	got := cachetest.RunSource(t, func(*testing.T) cachetest.Stream {
		s := newReferenceSource()
		return cachetest.Stream{Source: s, Change: s.change}
	}, cachetest.FakeTime())
	if len(got.Unproved) != 2 || got.Unproved[0].Case != "Happened" || got.Unproved[1].Case != "Lost" {
		t.Errorf("unproved: %v", got.Unproved)
	}
}
