package hitratio

import (
	"cmp"
	"errors"
	"runtime"
	"slices"
	"sync"
)

// Sweep says what to simulate.
type Sweep struct {
	Sizes    []Size
	Policies []string // by the names of New, and opt. Run adds opt and lru, because results are compared with them.
	Seeds    int      // how many seeds: 1, 2, ... Policies without a hash, and fixed shares, run once.
}

// Run simulates each policy on each trace at each size, on all processors. Cells have the order of traces and sizes. A
// size that makes no sense for a trace is left out.
func (s Sweep) Run(traces []*Trace) ([]*Cell, error) {
	if len(s.Sizes) == 0 || s.Seeds < 1 {
		return nil, errors.New("a sweep needs a size and a seed")
	}
	policies := []string{"opt", "lru"}
	for _, name := range s.Policies {
		if err := CheckName(name); err != nil {
			return nil, err
		}
		if !slices.Contains(policies, name) {
			policies = append(policies, name)
		}
	}
	var cells []*Cell
	var jobs []job
	for _, t := range traces {
		for _, size := range s.Sizes {
			capacity, simulated := size.capacity(t)
			if capacity == 0 {
				continue
			}
			cell := &Cell{Trace: t.Name, Size: size, Capacity: capacity, Results: make(map[string][]Result)}
			cells = append(cells, cell)
			simulated = min(simulated, t.Distinct+1) // nothing is evicted any more, and a policy takes memory for its capacity
			for _, policy := range policies {
				cell.Results[policy] = make([]Result, s.seedsOf(policy))
				for i := range cell.Results[policy] {
					jobs = append(jobs, job{t, simulated, policy, uint64(i + 1), &cell.Results[policy][i]})
				}
			}
		}
	}
	return cells, runAll(jobs)
}

func (s Sweep) seedsOf(policy string) int {
	if isSeeded(policy) {
		return s.Seeds
	}
	return 1
}

// job is one run of a policy over a trace.
type job struct {
	trace    *Trace
	capacity int
	policy   string
	seed     uint64
	result   *Result
}

func (j job) run() error {
	if j.policy == "opt" {
		*j.result = Run(NewOPT(j.trace, j.capacity), j.trace)
		return nil
	}
	p, err := New(j.policy, j.capacity, j.seed)
	if err == nil {
		*j.result = Run(p, j.trace)
	}
	return err
}

// runAll runs jobs on all processors, the longest first.
func runAll(jobs []job) error {
	slices.SortStableFunc(jobs, func(a, b job) int { return cmp.Compare(len(b.trace.Keys), len(a.trace.Keys)) })
	queue := make(chan job)
	failures := make([]error, runtime.GOMAXPROCS(0))
	var workers sync.WaitGroup
	for i := range failures {
		workers.Go(func() {
			for j := range queue {
				failures[i] = errors.Join(failures[i], j.run())
			}
		})
	}
	for _, j := range jobs {
		queue <- j
	}
	close(queue)
	workers.Wait()
	return errors.Join(failures...)
}
