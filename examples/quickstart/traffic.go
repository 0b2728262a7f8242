package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

const (
	goroutines = 64

	// zipfExponent is the exponent of the popularity of files: the number of requests for the k-th most popular file is
	// proportional to k^-1.1. Web pages and files have similar popularities, with exponents near 1.
	zipfExponent = 1.1
)

// traffic is the requests of all goroutines, and their results.
type traffic struct {
	files    []file // sorted by popularity, the most popular first
	requests int
	seed     uint64
	workers  [goroutines]*worker
	elapsed  time.Duration // set by run
}

// worker is one goroutine's part. Progress reads the atomics while run runs. The rest is only read after run.
type worker struct {
	requests atomic.Int64
	failed   atomic.Int64
	err      error         // the error of the first request that failed
	cost     time.Duration // the time that these requests would have taken without a cache
	top      facts         // the facts of the most popular file
}

func newTraffic(set *settings, files *corpus) *traffic {
	t := &traffic{files: make([]file, len(files.files)), requests: set.requests, seed: set.seed}
	for rank, i := range rand.New(rand.NewPCG(set.seed, 0)).Perm(len(files.files)) {
		t.files[rank] = files.files[i]
	}
	for i := range t.workers {
		t.workers[i] = &worker{}
	}
	return t
}

// run makes the requests, and returns when all are answered or ctx is done.
func (t *traffic) run(ctx context.Context, caches *stack, watch *watch) {
	begin := time.Now()
	quiet := unwatched(ctx)
	first := make(chan struct{}) // closed after the first request, which runs alone, so that the watch sees a miss if far is cold
	var all sync.WaitGroup
	for i, w := range t.workers {
		get := func(f file) (facts, error) { return caches.files.Get(quiet, f.key) }
		if i == 0 {
			get = func(f file) (facts, error) { return watch.get(ctx, caches, f) }
		}
		random := rand.New(rand.NewPCG(t.seed, uint64(i)+1))
		popularity := rand.NewZipf(random, zipfExponent, 1, uint64(len(t.files)-1))
		quota := t.requests / goroutines // the quotas add up to t.requests
		if i < t.requests%goroutines {
			quota++
		}
		all.Go(func() {
			if i > 0 {
				<-first
			}
			for n := range quota {
				rank := popularity.Uint64()
				found, err := get(t.files[rank])
				if i == 0 && n == 0 {
					close(first)
				}
				if ctx.Err() != nil {
					return
				}
				w.count(t.files[rank], rank, found, err)
			}
		})
	}
	all.Wait()
	t.elapsed = time.Since(begin)
}

func (w *worker) count(f file, rank uint64, found facts, err error) {
	w.requests.Add(1)
	if err != nil {
		w.failed.Add(1)
		if w.err == nil {
			w.err = fmt.Errorf("%s: %w", f.name, err)
		}
		return
	}
	w.cost += found.Took
	if rank == 0 {
		w.top = found
	}
}

// made returns the number of requests made so far.
func (t *traffic) made() (requests int64) {
	for _, w := range t.workers {
		requests += w.requests.Load()
	}
	return requests
}

// failure returns an error with the number of failed requests and one of their errors, or nil if none failed. It is
// called after run.
func (t *traffic) failure() error {
	var failed int64
	var first error
	for _, w := range t.workers {
		failed += w.failed.Load()
		if first == nil {
			first = w.err
		}
	}
	if failed == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d requests failed, one with: %w", failed, t.made(), first)
}

// costWithout returns the time that all requests would have taken if each had loaded. It is called after run.
func (t *traffic) costWithout() (cost time.Duration) {
	for _, w := range t.workers {
		cost += w.cost
	}
	return cost
}

// top returns the facts of the most popular file, or zero facts if no request got them. It is called after run.
func (t *traffic) top() facts {
	for _, w := range t.workers {
		if w.top.SHA256 != "" {
			return w.top
		}
	}
	return facts{}
}
