package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// quote is a value of the source.
type quote struct {
	Key    string
	Loaded time.Time
}

var errDown = errors.New("the source is down")

// failure is a way in which a source fails.
type failure struct {
	name string

	// load returns how long a load takes, and its error. Since is the time since the source has broken.
	load func(since time.Duration) (takes time.Duration, err error)
}

// working is how long a load takes while the source works.
const working = 20 * time.Millisecond

var failures = []failure{
	{"dead", func(time.Duration) (time.Duration, error) { return 50 * time.Millisecond, errDown }},
	{"slow", func(time.Duration) (time.Duration, error) { return 400 * time.Millisecond, nil }},
	{"flapping", func(since time.Duration) (time.Duration, error) {
		if since%(600*time.Millisecond) < 400*time.Millisecond {
			return 50 * time.Millisecond, errDown
		}
		return working, nil
	}},
}

// source is what callers want values from. It works until it breaks.
type source struct {
	fails failure

	mu      sync.Mutex
	broken  time.Time       // the time when it broke; zero before
	loads   []time.Duration // when each load began, since the source has broken
	running int             // loads
	most    int             // loads at the same time, since the source has broken
}

// breakDown makes the source fail from now on.
func (s *source) breakDown() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = time.Now()
}

// load gets the value of a key. It ends early if ctx does, as a query would.
func (s *source) load(ctx context.Context, key string) (quote, error) {
	takes, err := s.begin()
	defer s.end()
	if gone := sleep(ctx, takes); gone != nil {
		return quote{}, gone
	}
	if err != nil {
		return quote{}, err
	}
	return quote{key, time.Now()}, nil
}

// begin notes the beginning of a load, and returns how it will end.
func (s *source) begin() (takes time.Duration, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running++; s.broken.IsZero() {
		return working, nil
	}
	s.most = max(s.most, s.running)
	since := time.Since(s.broken)
	s.loads = append(s.loads, since)
	return s.fails.load(since)
}

// seen returns when each load began since the source has broken, and how many of them ran at the same time.
func (s *source) seen() (loads []time.Duration, most int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.loads), s.most
}

func (s *source) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running--
}

// sleep returns after d, or earlier with the error of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
