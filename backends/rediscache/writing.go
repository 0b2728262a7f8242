package rediscache

import "sync"

// writing is a call that carries out puts, in one part per server. The caller may leave before they have ended.
type writing struct {
	undo *undo

	mu      sync.Mutex
	left    bool                // the caller has left, or the call has ended
	running map[string]struct{} // stored keys of puts that have begun and not ended
}

// carryOut carries out puts by fn, which returns the errors by key. If the caller has left by then, the key of every put
// that has succeeded is deleted: the caller does not know of it, and may have deleted the key meanwhile.
func (w *writing) carryOut(puts []put, fn func() map[string]error) (failed map[string]error) {
	if !w.begin(puts) {
		return nil // nobody is there to get the result
	}
	failed = fn()
	if !w.end(puts) {
		return failed
	}
	var succeeded []string
	for _, p := range puts {
		if failed[p.key] == nil {
			succeeded = append(succeeded, p.stored)
		}
	}
	w.undo.known(succeeded)
	return failed
}

// begin reports whether the caller is still there.
func (w *writing) begin(puts []put) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.left {
		return false
	}
	if w.running == nil {
		w.running = make(map[string]struct{}, len(puts))
	}
	for _, p := range puts {
		w.running[p.stored] = struct{}{}
	}
	return true
}

// end reports whether the caller has left.
func (w *writing) end(puts []put) (left bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range puts {
		delete(w.running, p.stored)
	}
	return w.left
}

// leave is called when the caller leaves. The outcome of puts that are still running is unknown.
func (w *writing) leave() {
	w.mu.Lock()
	w.left = true
	var unknown []string
	for stored := range w.running {
		unknown = append(unknown, stored)
	}
	w.mu.Unlock()
	w.undo.unknown(unknown)
}
