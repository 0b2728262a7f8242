package cachetest

import (
	"context"
	"sync"

	"github.com/ctxcache/cached/ctxcache"
)

// Stalling returns a cache over inner, and the stalls that decide which of its calls wait. A call waits until its stall
// is released, or until its context is done. In the second case it returns the error of its context. Stalling panics if
// inner is nil.
func Stalling[K comparable, V any](inner ctxcache.Cache[K, V]) (c ctxcache.Cache[K, V], stalls *Stalls[K]) {
	stalls = &Stalls[K]{}
	return injected[K, V](inner, "stalling", stalling[K]{stalls}), stalls
}

// Stalls controls which calls of a [Stalling] cache wait, and for how long. Its methods may be called concurrently, and at
// any time.
type Stalls[K comparable] struct {
	mu     sync.RWMutex
	stalls []*Stall[K]
}

// Stall makes the calls of target wait, from now on until Release. If several stalls match a call, it waits for the
// stall that was made first.
func (s *Stalls[K]) Stall(target Target) *Stall[K] {
	stall := &Stall[K]{
		aim:      target.aim(),
		arrived:  make(chan Call[K]),
		released: make(chan struct{}),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stalls = append(s.stalls, stall)
	return stall
}

// find returns the stall for a call, or nil.
func (s *Stalls[K]) find(operation ctxcache.Operation) *Stall[K] {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, stall := range s.stalls {
		if !stall.over() && stall.aim.hit(operation) {
			return stall
		}
	}
	return nil
}

// stalling is the interceptor of a Stalling cache. Its state is the stall that the answer of the call has to wait for,
// or nil.
type stalling[K comparable] struct{ stalls *Stalls[K] }

func (s stalling[K]) Before(ctx context.Context, call ctxcache.Call[K]) (context.Context, *Stall[K], error) {
	stall := s.stalls.find(call.Op)
	if stall == nil || stall.aim.target.answers {
		return ctx, stall, nil
	}
	return ctx, nil, stall.wait(ctx, call)
}

func (s stalling[K]) After(ctx context.Context, call ctxcache.Call[K], stall *Stall[K], outcome ctxcache.Outcome) error {
	if stall == nil || outcome.Err == ctxcache.ErrUnreturned {
		return outcome.Err
	}
	if err := stall.wait(ctx, call); err != nil {
		return err
	}
	return outcome.Err
}

// Stall makes calls wait. Its methods may be called concurrently.
type Stall[K comparable] struct {
	aim      *aim
	arrived  chan Call[K]
	released chan struct{}
	once     sync.Once
}

// Arrived returns a channel with the calls that wait now, each at most once. Nobody has to receive from it.
func (s *Stall[K]) Arrived() <-chan Call[K] { return s.arrived }

// Release lets the waiting calls go on. Later calls do not wait. Release may be called again.
func (s *Stall[K]) Release() { s.once.Do(func() { close(s.released) }) }

func (s *Stall[K]) over() bool {
	select {
	case <-s.released:
		return true
	default:
		return false
	}
}

// wait returns nil when the stall is released, or the error of ctx when ctx is done.
func (s *Stall[K]) wait(ctx context.Context, call ctxcache.Call[K]) error {
	select {
	case s.arrived <- callOf(call):
	case <-s.released:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-s.released:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
