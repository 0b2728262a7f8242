package races_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// steps lets a few actors run one step at a time, in an order that it is given. A step is a call of near or of far, or the
// beginning or the end of an outage. It runs in a bubble, so it knows when all actors wait.
type steps struct {
	choices []choiceOfStep // those given at the start, then those made in this run

	mu      sync.Mutex
	waiting []*waitingStep
	now     int // the number of steps so far
	trace   []string
	events  []*stepEvent

	version int  // the source
	down    bool // far
	lost    bool // far does what it is asked in an outage, and its answers are lost
}

// choiceOfStep is one decision. All choices of a run are its order.
type choiceOfStep struct{ taken, of int }

type waitingStep struct {
	actor int
	name  string
	turn  chan struct{}
}

// stepEvent is a change of the source and the cache, or a read that has found a value.
type stepEvent struct {
	actor      int
	write      bool
	version    int
	begin, end int // begin is 0 until the first step, before which nothing has an effect on others
}

type actorKey struct{}

// await waits for the turn of the actor that ctx belongs to. Calls of the replay belong to nobody, and do not wait.
func (s *steps) await(ctx context.Context, name string) {
	actor, ok := ctx.Value(actorKey{}).(int)
	if !ok {
		return
	}
	next := &waitingStep{actor, name, make(chan struct{})}
	s.mu.Lock()
	s.waiting = append(s.waiting, next)
	s.mu.Unlock()
	<-next.turn
}

// stepped returns a level with a step for each of its calls. A release in near is part of the step before it.
func (s *steps) stepped(name string, c cache) cache {
	return cachetest.Hooked(c, cachetest.Hook[string]{Before: func(ctx context.Context, call cachetest.Call[string]) error {
		if name != "near" || call.Operation != ctxcache.OpRelease {
			s.await(ctx, name+" "+string(call.Operation))
		}
		return nil
	}})
}

// failing returns a far that fails in outages, before it does anything or, with lost, after that.
func (s *steps) failing(far cache) cache {
	fail := func(lost bool) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.down && s.lost == lost {
			return errSource
		}
		return nil
	}
	return cachetest.Hooked(far, cachetest.Hook[string]{
		Before: func(context.Context, cachetest.Call[string]) error { return fail(false) },
		After: func(_ context.Context, _ cachetest.Call[string], err error) error {
			return cmp.Or(fail(true), err)
		},
	})
}

// run runs the actors until all have ended. It follows the choices given at the start, and then takes the first one.
func (s *steps) run(ctx context.Context, actors []func(context.Context) error) error {
	errs := make([]error, len(actors))
	var running sync.WaitGroup
	for i, act := range actors {
		running.Go(func() { errs[i] = act(context.WithValue(ctx, actorKey{}, i)) })
	}
	for {
		synctest.Wait()
		if len(s.waiting) == 0 {
			running.Wait()
			for _, err := range errs {
				if err != nil {
					return err
				}
			}
			return nil
		}
		slices.SortFunc(s.waiting, func(a, b *waitingStep) int {
			return cmp.Or(cmp.Compare(a.actor, b.actor), cmp.Compare(a.name, b.name))
		})
		if s.now == len(s.choices) {
			s.choices = append(s.choices, choiceOfStep{})
		}
		s.choices[s.now].of = len(s.waiting)
		s.take(s.choices[s.now].taken)
	}
}

// take lets an actor go on. If its step is to let time pass, the replay has its turn before that.
func (s *steps) take(i int) {
	next := s.waiting[i]
	s.waiting = slices.Delete(s.waiting, i, i+1)
	s.now++
	s.trace = append(s.trace, fmt.Sprintf("%d: %s", next.actor, next.name))
	if next.name == timePasses {
		time.Sleep(100 * time.Millisecond)
	}
	for _, e := range s.events {
		if e.actor == next.actor && e.begin == 0 && e.end == 0 {
			e.begin = s.now
		}
	}
	close(next.turn)
}

const timePasses = "time passes"

// exploreSteps runs every order, and returns the number of orders.
func exploreSteps(run func(s *steps)) (runs int) {
	for choices := []choiceOfStep{}; choices != nil; runs++ {
		s := &steps{choices: choices}
		run(s)
		choices = nil
		for i, c := range slices.Backward(s.choices) {
			if c.taken+1 < c.of {
				choices = append(s.choices[:i:i], choiceOfStep{taken: c.taken + 1})
				break
			}
		}
	}
	return runs
}

// begin begins an event.
func (s *steps) begin(ctx context.Context, write bool) *stepEvent {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := &stepEvent{actor: ctx.Value(actorKey{}).(int), write: write}
	if write {
		s.version++
		e.version = s.version
	}
	s.events = append(s.events, e)
	return e
}

// ended ends an event.
func (s *steps) ended(e *stepEvent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.end = s.now
}

// old returns an error if a version was overwritten before a moment: another change began after the version's change had
// ended, and ended before the moment.
func (s *steps) old(who string, version, moment int) error {
	written := -1 // the first version was always there
	for _, e := range s.events {
		if e.write && e.version == version {
			written = e.end
		}
	}
	for _, e := range s.events {
		if e.write && e.version > version && e.begin > written && e.end < moment {
			return fmt.Errorf("%s has version %d at step %d, and version %d was written from step %d to %d",
				who, version, moment, e.version, e.begin, e.end)
		}
	}
	return nil
}
