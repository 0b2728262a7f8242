package layers_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing/synctest"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// A scheduler lets processes go on one step at a time, in an order of its choice. A step is an operation on a
// hooked cache: the process waits before it for its turn, and then goes on until it waits for the next, or for
// another process. The scheduler runs in a bubble, so it can tell when all of them wait.
type scheduler struct {
	choices []choice // those that lead the way, and then those that were taken

	mu      sync.Mutex
	waiting []*step
	steps   int      // taken so far: the clock of this run
	trace   []string // their names
	events  []*event // what the processes did
}

// choice is one of the decisions that make up a schedule.
type choice struct{ taken, of int }

type step struct {
	process process
	name    string
	turn    chan struct{}
}

// process is one who acts. It travels in the context, so that a flight that it leads acts in its name.
type process int

type processKey struct{}

// act is all that a process does.
type act func(ctx context.Context, a *actor) error

// stepped returns c with each of its operations, and those of its leases, as a step; name is that of c. A
// release is part of the step before it: most of them come when the lease has ended, and every one more would
// multiply the schedules.
func (s *scheduler) stepped(name string, c ctxcache.Cache[string, int]) ctxcache.Cache[string, int] {
	return cachetest.Hooked(c, func(ctx context.Context, call cachetest.Call[string], next func() error) error {
		if call.Operation != cachetest.Release {
			s.await(ctx, name+" "+string(call.Operation))
		}
		return next()
	})
}

// await waits for a turn.
func (s *scheduler) await(ctx context.Context, name string) {
	next := &step{ctx.Value(processKey{}).(process), name, make(chan struct{})}
	s.mu.Lock()
	s.waiting = append(s.waiting, next)
	s.mu.Unlock()
	<-next.turn
}

// run runs the processes to their ends, by the choices that lead the way and the first possible one from there on.
func (s *scheduler) run(ctx context.Context, processes []act) error {
	errs := make([]error, len(processes))
	var group sync.WaitGroup
	for i, act := range processes {
		p := process(i)
		group.Go(func() { errs[i] = act(context.WithValue(ctx, processKey{}, p), &actor{s, p}) })
	}
	for {
		synctest.Wait()
		if len(s.waiting) == 0 {
			group.Wait() // should one of them still wait, it would be for ever, and the bubble says so
			return errors.Join(errs...)
		}
		slices.SortFunc(s.waiting, func(a, b *step) int {
			if a.process != b.process {
				return int(a.process - b.process)
			}
			return strings.Compare(a.name, b.name)
		})
		if s.steps == len(s.choices) {
			s.choices = append(s.choices, choice{})
		}
		s.choices[s.steps].of = len(s.waiting)
		s.take(s.choices[s.steps].taken)
	}
}

// take lets one of those that wait go on.
func (s *scheduler) take(i int) {
	next := s.waiting[i]
	s.waiting = slices.Delete(s.waiting, i, i+1)
	s.steps++
	s.trace = append(s.trace, fmt.Sprintf("%d: %s", next.process, next.name))
	for _, e := range s.events {
		if e.process == next.process && e.begin == 0 && !e.ended {
			e.begin = s.steps
		}
	}
	close(next.turn)
}

// next returns the choices of the next schedule in depth-first order, or nil after the last.
func (s *scheduler) next() []choice {
	for i, v := range slices.Backward(s.choices) {
		if c := v; c.taken+1 < c.of {
			return append(s.choices[:i:i], choice{taken: c.taken + 1})
		}
	}
	return nil
}

// explore runs every schedule, and returns how many there are.
func explore(run func(s *scheduler)) (runs int) {
	for choices := []choice{}; choices != nil; runs++ {
		s := &scheduler{choices: choices}
		run(s)
		choices = s.next()
	}
	return runs
}
