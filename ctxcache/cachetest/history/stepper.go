package history

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"sync"
	"testing/synctest"
)

// stepper lets one goroutine run at a time, from one turn to the next. Its random source decides the order. Its clock
// counts the steps, so the order of events within a step is not known. It works in a bubble.
type stepper struct {
	random *rand.Rand    // used only by the goroutine that runs the workers
	stir   chan struct{} // signals that a goroutine waits, or that a worker has ended

	mu      sync.Mutex
	step    moment
	waiting []*stepTurn // guarded by mu
	running int         // the number of workers that run; guarded by mu
	open    bool        // nobody has to wait any more; guarded by mu
}

// stepTurn is a goroutine that waits for its turn.
type stepTurn struct {
	come  moment // when it began to wait
	of    paced
	what  string
	begin chan struct{} // closed when its turn begins
}

func newStepper(random *rand.Rand) *stepper {
	return &stepper{random: random, stir: make(chan struct{}, 1)}
}

func (s *stepper) now() moment {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.step
}

func (s *stepper) turn(of paced, what string) {
	s.mu.Lock()
	if s.open {
		s.mu.Unlock()
		return
	}
	t := &stepTurn{s.step, of, what, make(chan struct{})}
	s.waiting = append(s.waiting, t)
	s.mu.Unlock()
	s.stirred()
	<-t.begin
}

func (s *stepper) overtaken(of paced, changed func() bool) {
	for range 4 { // another goroutine can do one or two operations in these steps
		if changed() {
			return
		}
		s.turn(of, "load")
	}
}

func (s *stepper) stirred() {
	select {
	case s.stir <- struct{}{}:
	default: // a signal is there already
	}
}

func (s *stepper) run(workers []func()) {
	s.mu.Lock()
	s.running = len(workers)
	s.mu.Unlock()
	for _, worker := range workers {
		go func() {
			defer func() {
				s.mu.Lock()
				s.running--
				s.mu.Unlock()
				s.stirred()
			}()
			worker()
		}()
	}
	for {
		synctest.Wait() // until all others wait for their turns, or for one another
		switch next, ended := s.next(); {
		case ended:
			return
		case next != nil:
			close(next.begin)
		default: // all others wait for something else, such as time
			<-s.stir
		}
	}
}

// next removes the goroutine whose turn it is from the waiting ones, and returns it. Goroutines that began to wait in
// the same step have no order, so next sorts them.
func (s *stepper) next() (next *stepTurn, ended bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == 0 || len(s.waiting) == 0 {
		return nil, s.running == 0
	}
	slices.SortStableFunc(s.waiting, func(a, b *stepTurn) int {
		return cmp.Or(
			cmp.Compare(a.come, b.come),
			cmp.Compare(a.of.worker, b.of.worker), cmp.Compare(a.of.number, b.of.number), cmp.Compare(a.what, b.what),
		)
	})
	i := s.random.IntN(len(s.waiting))
	next = s.waiting[i]
	s.waiting = slices.Delete(s.waiting, i, i+1)
	s.step++
	return next, false
}

func (s *stepper) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = true
	for _, t := range s.waiting {
		close(t.begin)
	}
	s.waiting = nil
}
