package twolevel_test

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

// A scheduler lets processes run one step at a time, in an order that it chooses. A step is an operation on a hooked
// cache. Before each step the process waits for its turn. Then it runs until it waits for its next turn, or for another
// process. The scheduler runs in a bubble, so it knows when all processes wait.
type scheduler struct {
	choices []choice // those given at the start, then those made in this run

	mu      sync.Mutex
	waiting []*step
	steps   int      // the number of steps so far: the clock of this run
	trace   []string // the names of the steps
	events  []*event // what the processes did
}

// choice is one decision. All choices of a run together are its schedule.
type choice struct{ taken, of int }

type step struct {
	process process
	name    string
	turn    chan struct{}
}

// process is one process of a run. Its context carries it, so that a flight that it leads acts for it.
type process int

type processKey struct{}

// act is everything that one process does.
type act func(ctx context.Context, a *actor) error

// stepped returns c with a step for each of its operations. Name is the name of c in the trace. A release in near is
// part of the step before it, because most releases come when the lease has ended already, and each further step would
// multiply the schedules.
func (s *scheduler) stepped(name string, c ctxcache.Cache[string, int]) ctxcache.Cache[string, int] {
	return cachetest.Hooked(c, cachetest.Hook[string]{Before: func(ctx context.Context, call cachetest.Call[string]) error {
		if call.Operation != ctxcache.OpRelease || name != "near" {
			s.await(ctx, name+" "+string(call.Operation))
		}
		return nil
	}})
}

// await waits for the turn of the process.
func (s *scheduler) await(ctx context.Context, name string) {
	next := &step{ctx.Value(processKey{}).(process), name, make(chan struct{})}
	s.mu.Lock()
	s.waiting = append(s.waiting, next)
	s.mu.Unlock()
	<-next.turn
}

// run runs the processes until all have ended. It follows the choices given at the start, and after these takes the
// first possible one.
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
			group.Wait() // if a process waits forever, the bubble reports a deadlock
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

// take lets one of the waiting processes continue.
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

// next returns the choices of the next schedule in depth-first order, or nil after the last one.
func (s *scheduler) next() []choice {
	for i, v := range slices.Backward(s.choices) {
		if c := v; c.taken+1 < c.of {
			return append(s.choices[:i:i], choice{taken: c.taken + 1})
		}
	}
	return nil
}

// explore runs every schedule, and returns the number of schedules.
func explore(run func(s *scheduler)) (runs int) {
	for choices := []choice{}; choices != nil; runs++ {
		s := &scheduler{choices: choices}
		run(s)
		choices = s.next()
	}
	return runs
}
