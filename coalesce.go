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
}

// join adds a load to the open batch of f.
func (w *window[K, V]) join(f *Function[K, V]) *batch[K, V] {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open == nil || !w.open.add() {
		b := f.newBatch()
		b.add()
		w.open = b
		time.AfterFunc(f.opts.CoalesceFor, b.close)
	}
	b := w.open
	if most := f.opts.MaxBatch; most > 0 && b.count() >= most {
		b.close()
		w.open = nil
	}
	return b
}

// joinBatch returns the batch of a load that begins now.
func (f *Function[K, V]) joinBatch(r request[K, V]) *batch[K, V] {
	if r.batch != nil && r.batch.add() {
		return r.batch
	}
	if f.opts.CoalesceFor > 0 && !r.refresh {
		return f.window.join(f)
	}
	b := f.newBatch()
	b.add()
	b.close()
	return b
}
