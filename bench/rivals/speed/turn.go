package speed

import (
	"runtime"
	"time"

	"github.com/ctxcache/cached/bench/rivals/contender"
	"github.com/ctxcache/cached/bench/rivals/rounds"
)

// setting is what a turn needs besides a contender.
type setting[K comparable, V any] struct {
	workload   Workload
	plan       plan[K]
	value      V
	capacity   int
	ttl        time.Duration
	goroutines int
	procs      int
}

// turn fills a new cache, and measures the operations on it. The cache is made for so many processors, because some
// caches ask for their number when they are made.
func (s *setting[K, V]) turn(newCache contender.Make[K, V]) (rounds.Sample, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(s.procs))
	cache, err := newCache(s.capacity, s.ttl)
	if err != nil {
		return rounds.Sample{}, err
	}
	s.fill(cache)
	sample, found := rounds.Measure(len(s.plan.ops), s.goroutines, s.work(cache))
	cache.Settle()
	if reads := s.reads(); reads > 0 {
		sample.Hits = float64(found) / float64(reads)
	}
	if s.workload.Reads < 4 {
		sample.Kept = s.kept(cache)
	}
	return sample, cache.Close()
}

// settleEvery is how many writes fill does before it lets them take effect, so that no cache drops any.
const settleEvery = 128

func (s *setting[K, V]) fill(cache contender.Cache[K, V]) {
	for i, key := range s.plan.fill {
		cache.Set(key, s.value)
		if i%settleEvery == 0 {
			cache.Settle()
		}
	}
	cache.Settle()
}

// work returns a function that does the operations from <= i < to.
func (s *setting[K, V]) work(cache contender.Cache[K, V]) func(from, to int) (found int) {
	switch s.workload.Reads {
	case 4:
		return func(from, to int) (found int) {
			for _, key := range s.plan.ops[from:to] {
				if _, ok := cache.Get(key); ok {
					found++
				}
			}
			return found
		}
	case 0:
		return func(from, to int) int {
			for _, key := range s.plan.ops[from:to] {
				cache.Set(key, s.value)
			}
			return 0
		}
	default:
		return func(from, to int) (found int) {
			for i := from; i < to; i++ {
				if i%4 >= s.workload.Reads {
					cache.Set(s.plan.ops[i], s.value)
				} else if _, ok := cache.Get(s.plan.ops[i]); ok {
					found++
				}
			}
			return found
		}
	}
}

// reads returns how many of the operations are reads.
func (s *setting[K, V]) reads() int {
	n := len(s.plan.ops)
	return n/4*s.workload.Reads + min(n%4, s.workload.Reads)
}

// kept returns the part of the keys at the end of every goroutine's operations that have a value. A cache that drops writes
// has few of them. One whose policy does not admit every key has fewer than one that does.
func (s *setting[K, V]) kept(cache contender.Cache[K, V]) float64 {
	each := max(1, s.capacity/32/s.goroutines)
	asked, found := 0, 0
	for g := range s.goroutines {
		from, to := len(s.plan.ops)*g/s.goroutines, len(s.plan.ops)*(g+1)/s.goroutines
		for i := max(from, to-each); i < to; i++ {
			if i%4 < s.workload.Reads {
				continue
			}
			asked++
			if _, ok := cache.Get(s.plan.ops[i]); ok {
				found++
			}
		}
	}
	return float64(found) / float64(max(1, asked))
}
