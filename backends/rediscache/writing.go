package rediscache

import (
	"errors"
	"iter"
	"sync"

	"github.com/ctxcache/cached/ctxcache"
)

// writing is a call that carries out puts, in one part per server. The caller may leave before they have ended.
type writing struct {
	undo *undo

	mu      sync.Mutex
	left    bool            // the caller has left, or the call has ended
	running map[string]bool // whether puts that have begun are still running, by stored key
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
		w.running = make(map[string]bool, len(puts))
	}
	for _, p := range puts {
		w.running[p.stored] = true
	}
	return true
}

// end reports whether the caller has left.
func (w *writing) end(puts []put) (left bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range puts {
		w.running[p.stored] = false
	}
	return w.left
}

// leave is called when the caller leaves, with the error that it gets. The outcome of puts that are still running is
// unknown. Puts that have not begun never will. If that is because the server does not answer, or because too many calls
// are waiting for it, the old values must not stay: these are failed writes like any other. A call whose context has
// ended leaves them as they are.
func (w *writing) leave(puts iter.Seq[put], err error) {
	w.mu.Lock()
	w.left = true
	var unknown []string
	for p := range puts {
		running, begun := w.running[p.stored]
		if running || !begun && errors.Is(ctxcache.KeyError(err, p.key), ctxcache.ErrTimeout) {
			unknown = append(unknown, p.stored)
		}
	}
	w.mu.Unlock()
	w.undo.unknown(unknown)
}
