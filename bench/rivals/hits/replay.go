package hits

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/ctxcache/cached/bench/rivals/contender"
)

// Crowd is how many goroutines share a trace, to see what concurrency costs.
const Crowd = 16

// Cell is one trace at one size of the cache.
type Cell struct {
	Trace    string
	Capacity int
	Percent  float64            // of the distinct keys
	Best     float64            // the hit ratio of the best policy, in percent
	Alone    map[string]float64 // hit ratios of the contenders, in percent, with one goroutine
	Shared   map[string]float64 // with a crowd; without LRU's reference if it is not a contender
}

// Reference is the contender whose hit ratio is an exact LRU's.
const Reference = "golang-lru LRU"

// Run replays all traces at all their sizes. It replays as many cells at once as there are processors. It calls done
// after each cell. The contenders must include [Reference].
func Run(traces []Trace, contenders []contender.Contender, done func(Cell)) ([]Cell, error) {
	var cells []Cell
	type job struct {
		trace *Trace
		cell  int
	}
	var jobs []job
	for i := range traces {
		for _, size := range traces[i].Sizes() {
			jobs = append(jobs, job{&traces[i], len(cells)})
			cells = append(cells, Cell{
				Trace: traces[i].Name, Capacity: size, Percent: 100 * float64(size) / float64(traces[i].Distinct),
				Alone: make(map[string]float64), Shared: make(map[string]float64),
			})
		}
	}
	errs := make([]error, len(jobs))
	var next atomic.Int64
	var workers sync.WaitGroup
	var lock sync.Mutex // of done
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for at := int(next.Add(1)) - 1; at < len(jobs); at = int(next.Add(1)) - 1 {
				cell := &cells[jobs[at].cell]
				if errs[at] = cell.replay(jobs[at].trace, contenders); errs[at] != nil {
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

func (c *Cell) replay(t *Trace, contenders []contender.Contender) error {
	percent := func(hits int) float64 { return 100 * float64(hits) / float64(len(t.Keys)) }
	c.Best = percent(Optimum(t.Keys, c.Capacity))
	for _, one := range contenders {
		for goroutines, ratios := range map[int]map[string]float64{1: c.Alone, Crowd: c.Shared} {
			cache, err := one.Ints(c.Capacity, 0)
			if err != nil {
				return fmt.Errorf("%s, %d entries, %s: %w", t.Name, c.Capacity, one.Name, err)
			}
			ratios[one.Name] = percent(replay(cache, t.Keys, goroutines))
			if err := cache.Close(); err != nil {
				return fmt.Errorf("%s, %d entries, %s: %w", t.Name, c.Capacity, one.Name, err)
			}
		}
	}
	return nil
}

// replay returns how many hits there are. Several goroutines take the accesses in the order of the trace, each the next
// one. Every write takes effect before the goroutine that made it goes on.
func replay(cache contender.Cache[uint64, uint64], keys []uint32, goroutines int) int {
	var next, hits atomic.Int64
	var all sync.WaitGroup
	for range goroutines {
		all.Go(func() {
			found := int64(0)
			for at := next.Add(1) - 1; at < int64(len(keys)); at = next.Add(1) - 1 {
				key := uint64(keys[at])
				if _, ok := cache.Get(key); ok {
					found++
					continue
				}
				cache.Set(key, key)
				cache.Settle()
			}
			hits.Add(found)
		})
	}
	all.Wait()
	return int(hits.Load())
}
