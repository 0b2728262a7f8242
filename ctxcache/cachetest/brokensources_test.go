package cachetest_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// The Watch of each broken source, and the broken sources that have more than that.

func losing(rate float64) func(ctx context.Context, s *referenceSource, fn fn) error {
	return func(ctx context.Context, s *referenceSource, fn fn) error {
		random := rand.New(rand.NewPCG(1, 2))
		return s.Watch(ctx, func(e ctxcache.Event) {
			if e.Gap || random.Float64() >= rate {
				fn(e)
			}
		})
	}
}

var losesSome, losesFew = losing(0.15), losing(0.01)

func noFirstGap(ctx context.Context, s *referenceSource, fn fn) error {
	return s.Watch(ctx, func(e ctxcache.Event) {
		if !e.Gap {
			fn(e)
		} else {
			fn(ctxcache.Event{Key: "something else"})
		}
	})
}

// withoutGaps is fn for all events but Gaps.
func withoutGaps(fn fn) fn {
	return func(e ctxcache.Event) {
		if !e.Gap {
			fn(e)
		}
	}
}

func gapBeforeListening(ctx context.Context, s *referenceSource, fn fn) error {
	fn(ctxcache.Event{Gap: true})
	return s.Watch(ctx, withoutGaps(fn))
}

// again watches until the stream is back after an interruption.
func again(ctx context.Context, s *referenceSource, fn fn) error {
	for {
		if err := s.Watch(ctx, fn); ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

func noGapAfterCut(ctx context.Context, s *referenceSource, fn fn) error {
	if err := s.Watch(ctx, fn); ctx.Err() != nil || !errors.Is(err, errCut) {
		return err
	}
	return again(ctx, s, withoutGaps(fn))
}

func silentAfterCut(ctx context.Context, s *referenceSource, fn fn) error {
	if err := s.Watch(ctx, fn); ctx.Err() != nil {
		return err
	}
	<-ctx.Done()
	return ctx.Err()
}

func gapAtCut(ctx context.Context, s *referenceSource, fn fn) error {
	if err := s.Watch(ctx, fn); ctx.Err() != nil {
		return err
	}
	fn(ctxcache.Event{Gap: true})
	return again(ctx, s, withoutGaps(fn))
}

func endsWithNil(ctx context.Context, s *referenceSource, fn fn) error {
	_ = s.Watch(ctx, fn) // that is the fault
	return nil
}

func doesNotEnd(ctx context.Context, s *referenceSource, fn fn) error {
	err := s.Watch(ctx, fn)
	<-s.ended
	return err
}

func overlaps(ctx context.Context, s *referenceSource, fn fn) error {
	return s.Watch(ctx, func(e ctxcache.Event) {
		if e.Gap {
			fn(e)
			return
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			fn(e)
		}()
		fn(e)
		<-done
	})
}

func callsLater(ctx context.Context, s *referenceSource, fn fn) error {
	defer func() {
		go func() {
			time.Sleep(time.Millisecond)
			fn(ctxcache.Event{Gap: true})
		}()
	}()
	return s.Watch(ctx, fn)
}

func leaksGoroutine(ctx context.Context, s *referenceSource, fn fn) error {
	go func() { <-s.ended }()
	return s.Watch(ctx, fn)
}

func forgetsIfSlow(ctx context.Context, s *referenceSource, fn fn) error {
	return forgetful(s.Watch)(ctx, fn)
}

// forgetful returns a Watch that forgets what its function does not take soon.
func forgetful(watch func(context.Context, func(ctxcache.Event)) error) func(context.Context, func(ctxcache.Event)) error {
	return func(ctx context.Context, fn func(ctxcache.Event)) error {
		const room = 100
		events, done := make(chan ctxcache.Event, room), make(chan struct{})
		go func() {
			defer close(done)
			for e := range events {
				fn(e)
			}
		}()
		defer func() {
			close(events)
			<-done
		}()
		return watch(ctx, func(e ctxcache.Event) {
			for range 10 { // a while, but not for ever
				select {
				case events <- e:
					return
				case <-time.After(time.Millisecond):
				}
			}
		})
	}
}

// watchedOnce can be watched once.
type watchedOnce struct {
	*referenceSource
	watched atomic.Bool
}

func (s *watchedOnce) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	if s.watched.Swap(true) {
		return errors.New("it is watched, or was")
	}
	return s.referenceSource.Watch(ctx, fn)
}

// synchronous makes each change wait for the functions of all watches.
type synchronous struct {
	*referenceSource
	turn chan struct{} // whoever has put something in has the turn
	fns  map[*fn]bool
}

func (s *synchronous) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	fn(ctxcache.Event{Gap: true})
	s.turn <- struct{}{}
	s.fns[&fn] = true
	<-s.turn
	<-ctx.Done()
	s.turn <- struct{}{}
	delete(s.fns, &fn)
	<-s.turn
	return ctx.Err()
}

func (s *synchronous) change(_ context.Context, key string) error {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	for fn := range s.fns {
		(*fn)(ctxcache.Event{Key: s.StoredKey(key)})
	}
	return nil
}

type sameStored struct{ *referenceSource }

func (sameStored) StoredKey(any) any { return "stored" }

type asSlices struct{ *referenceSource }

func (asSlices) StoredKey(key any) any { return []any{key} }
