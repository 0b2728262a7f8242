package auditor

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// sample is a key that is to be checked.
type sample[K comparable, V any] struct {
	key      K
	due      time.Time
	attempts int
	differs  difference[V] // what the last check has seen
}

// difference is what a check saw when the cache and the source differed.
type difference[V any] struct {
	cached, source answer[V]
	since          time.Time // zero if they were the same
}

// Sampled returns a layer over inner whose hits the auditor samples: over near, or over a whole stack. Of a call for
// many keys that is due for a sample, it takes any of the keys, whether or not that one was a hit.
func (a *Auditor[K, V]) Sampled(inner ctxcache.Cache[K, V]) ctxcache.Cache[K, V] {
	layer := &sampled[K, V]{}
	layer.Observed = ctxcache.NewObserved(inner, ctxcache.Description{Kind: "sampled"}, ctxcache.Observer[K, struct{}](sampler[K, V]{a}))
	return layer
}

type sampled[K comparable, V any] struct {
	ctxcache.Observed[K, V, struct{}]
}

// sampler observes a layer.
type sampler[K comparable, V any] struct{ *Auditor[K, V] }

// Before does nothing.
func (sampler[K, V]) Before(ctx context.Context, _ ctxcache.Call[K]) (context.Context, struct{}) {
	return ctx, struct{}{}
}

// After samples the call if it was a hit and its turn has come.
func (s sampler[K, V]) After(_ context.Context, call ctxcache.Call[K], _ struct{}, outcome ctxcache.Outcome) {
	found := 0
	switch call.Op {
	case ctxcache.OpGet, ctxcache.OpGetEntry, ctxcache.OpGetLease:
		if outcome.Err == nil || outcome.Err == ctxcache.ErrNotFound {
			found = 1
		}
	case ctxcache.OpGetEntries, ctxcache.OpGetLeases:
		found = outcome.Values + outcome.Negatives
	}
	if found == 0 {
		return
	}
	hits, every := s.hits.Add(uint64(found)), uint64(s.opts.Every)
	if hits/every == (hits-uint64(found))/every {
		return
	}
	key := call.Key
	for key = range call.Keys() {
		break
	}
	s.take(key)
}

// take puts key into the queue, unless it is there already or the queue is full.
func (a *Auditor[K, V]) take(key K) {
	if ctxcache.CheckKey(key) != nil {
		return // it cannot be in a map, and no cache has it
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.pending[key] {
		return
	}
	a.report.Sampled++
	a.enqueue(sample[K, V]{key: key})
}

// enqueue puts s, or a sample that was checked and is to be checked again, into the queue. The lock is held, so that the
// queue has the order of the times.
func (a *Auditor[K, V]) enqueue(s sample[K, V]) {
	s.due = time.Now().Add(a.opts.Delay)
	select {
	case a.queue <- s:
		a.pending[s.key] = true
	default:
		delete(a.pending, s.key)
		a.report.Dropped++
	}
}
