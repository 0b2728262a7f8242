package auditor

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Auditor samples hits and checks them. [New] makes it. Its methods may be called concurrently.
type Auditor[K comparable, V any] struct {
	opts  Options[V]
	hits  atomic.Uint64
	queue chan sample[K, V] // in the order of their times, because all wait for the same delay

	stop    context.CancelFunc
	started atomic.Bool
	running sync.WaitGroup

	mu      sync.Mutex
	pending map[K]bool // the keys in the queue, so that a hot key is there once
	report  Report
}

// Read returns what a reader of a cache or of a source gets for key. As with a cache, ErrMiss and ErrNotFound mean that
// it has no value.
type Read[K comparable, V any] func(ctx context.Context, key K) (ctxcache.Entry[V], error)

// Reads returns the reads of a cache.
func Reads[K comparable, V any](c ctxcache.Cache[K, V]) Read[K, V] {
	return func(ctx context.Context, key K) (ctxcache.Entry[V], error) { return ctxcache.GetEntry(ctx, c, key) }
}

// New returns an auditor without a cache: see [Auditor.Sampled] and [Auditor.Start].
func New[K comparable, V any](opts *Options[V]) *Auditor[K, V] {
	filled := opts.withDefaults()
	return &Auditor[K, V]{
		opts: filled, queue: make(chan sample[K, V], filled.MaxPending), pending: make(map[K]bool), stop: func() {},
	}
}

// Start begins to check samples: it compares what cached and source return for their keys. It starts the auditor's one
// goroutine, on which it calls both. Start must be called once.
func (a *Auditor[K, V]) Start(cached, source Read[K, V]) {
	if a.started.Swap(true) {
		panic("auditor: Start was called twice")
	}
	// The checks belong to no caller. Close ends them.
	ctx, stop := context.WithCancel(context.Background())
	a.stop = stop
	a.running.Go(func() { a.run(ctx, cached, source) })
}

// Close ends the checks and waits for the one under way. Samples that are not checked yet are forgotten. Close must not
// be called concurrently with Start.
func (a *Auditor[K, V]) Close() {
	a.stop()
	a.running.Wait()
}

// Report returns what the auditor has found by now.
func (a *Auditor[K, V]) Report() Report {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.report
}

// run checks each sample when its time has come, until ctx is done.
func (a *Auditor[K, V]) run(ctx context.Context, cached, source Read[K, V]) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case s := <-a.queue:
			timer.Reset(time.Until(s.due))
			select {
			case <-ctx.Done():
				return
			case <-timer.C:
			}
			a.check(ctx, s, cached, source)
		}
	}
}
