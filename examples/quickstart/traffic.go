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

	// zipfExponent: of n files, the k-th most popular is asked for in proportion to k^-1.1. Popularity of web
	// pages and of files is much like that, with exponents near 1.
	zipfExponent = 1.1
)

// traffic is what the goroutines ask for, and what they got.
type traffic struct {
	files    []file // the most popular first
	requests int
	seed     uint64
	workers  [goroutines]*worker
	elapsed  time.Duration // after run
}

// worker is one goroutine's part. The atomics are also read by the progress line; the rest is read after run.
type worker struct {
	requests atomic.Int64
	failed   atomic.Int64
	err      error         // the first
	cost     time.Duration // what these requests would have cost without a cache
	top      facts         // of the most popular file
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

// run makes the requests, and returns when they are answered or ctx is done.
func (t *traffic) run(ctx context.Context, caches *stack, watch *watch) {
	begin := time.Now()
	quiet := unwatched(ctx)
	first := make(chan struct{}) // closed after the first request, which goes alone: it is watched, and a miss if far is cold
	var all sync.WaitGroup
	for i, w := range t.workers {
		get := func(f file) (facts, error) { return caches.files.Get(quiet, f.key) }
		if i == 0 {
			get = func(f file) (facts, error) { return watch.get(ctx, caches, f) }
		}
		random := rand.New(rand.NewPCG(t.seed, uint64(i)+1))
		popularity := rand.NewZipf(random, zipfExponent, 1, uint64(len(t.files)-1))
		quota := (t.requests + goroutines - 1 - i) / goroutines // they add up to t.requests
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

// made returns the number of requests made until now.
func (t *traffic) made() (requests int64) {
	for _, w := range t.workers {
		requests += w.requests.Load()
	}
	return requests
}

// failure tells, after run, how many requests failed, and how the first did.
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

// costWithout returns, after run, what all requests would have taken if each had loaded.
func (t *traffic) costWithout() (cost time.Duration) {
	for _, w := range t.workers {
		cost += w.cost
	}
	return cost
}

// top returns, after run, the facts of the most popular file, if anyone got them.
func (t *traffic) top() facts {
	for _, w := range t.workers {
		if w.top.SHA256 != "" {
			return w.top
		}
	}
	return facts{}
}
