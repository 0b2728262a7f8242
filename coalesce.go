package cached

import (
	"sync"
	"time"
)

// window gathers the single loads of a [Bulk] function that begin within Options.CoalesceFor into one batch. Its zero value
// is ready. It may be used concurrently.
type window[K comparable, V any] struct {
	mu   sync.Mutex
	open *batch[K, V] // the batch of the loads that begin now, or nil
	keys map[K]bool   // of the open batch
}

// join adds a load of key to the open batch of f. If the key was invalidated, it may have two flights. They must not have
// one lease, so they are not in one batch.
func (w *window[K, V]) join(f *Function[K, V], key K) *batch[K, V] {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open == nil || w.keys[key] || !w.open.add() {
		b := f.newBatch()
		b.add()
		w.open, w.keys = b, make(map[K]bool)
		time.AfterFunc(f.opts.CoalesceFor, b.close)
	}
	b := w.open
	w.keys[key] = true
	if most := f.opts.MaxBatch; most > 0 && b.count() >= most {
		b.close()
		w.open, w.keys = nil, nil
	}
	return b
}

// joinBatch returns the batch of a load that begins now.
func (f *Function[K, V]) joinBatch(key K, r request[K, V]) *batch[K, V] {
	if r.batch != nil {
		if b := r.batch.take(); b != nil {
			return b
		}
	}
	if f.opts.CoalesceFor > 0 && !r.refresh && !r.bypass {
		return f.window.join(f, key)
	}
	b := f.newBatch()
	b.add()
	b.close()
	return b
}
