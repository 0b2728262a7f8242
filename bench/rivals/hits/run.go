package hits

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/ctxcache/cached/bench/rivals/contender"
)

// job is a cell that is to be replayed.
type job struct {
	trace *Trace
	cell  int
}

// Run replays all traces at all their sizes. It replays as many cells at once as there are processors, the longest first,
// and calls done after each cell. The contenders must include [Reference]. Cells have the order of traces and sizes.
func Run(traces []Trace, contenders []contender.Contender, models []Model, done func(Cell)) ([]Cell, error) {
	var cells []Cell
	var jobs []job
	for i := range traces {
		t := &traces[i]
		for _, size := range t.Sizes() {
			jobs = append(jobs, job{t, len(cells)})
			cells = append(cells, Cell{
				Trace: t.Name, Generated: t.Generated, Capacity: size, Percent: 100 * float64(size) / float64(t.Distinct),
				Alone: make(map[string]Ratio), Shared: make(map[string]float64),
			})
		}
	}
	slices.SortStableFunc(jobs, func(a, b job) int { return cmp.Compare(len(b.trace.Keys), len(a.trace.Keys)) })
	errs := make([]error, len(jobs))
	var next atomic.Int64
	var workers sync.WaitGroup
	var lock sync.Mutex // of done
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for at := int(next.Add(1)) - 1; at < len(jobs); at = int(next.Add(1)) - 1 {
				cell := &cells[jobs[at].cell]
				if errs[at] = cell.replay(jobs[at].trace, contenders, models); errs[at] != nil {
					next.Store(int64(len(jobs))) // the others need not begin
					return
				}
				lock.Lock()
				done(*cell)
				lock.Unlock()
			}
		})
	}
	workers.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return cells, nil
}
