package cached

import "sync"

// running are the loads of a Function that run, so that Close can end them. Its zero value is ready. It may be used
// concurrently.
type running[K comparable, V any] struct {
	mu     sync.Mutex
	first  *loading[K, V]
	closed bool
}

// add adds a load. If Close has lost its patience, the load is closed at once.
func (r *running[K, V]) add(l *loading[K, V]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if l.next = r.first; l.next != nil {
		l.next.prev = l
	}
	r.first = l
	if r.closed {
		go l.close()
	}
}

// remove removes a load that was added.
func (r *running[K, V]) remove(l *loading[K, V]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if l.prev != nil {
		l.prev.next = l.next
	} else {
		r.first = l.next
	}
	if l.next != nil {
		l.next.prev = l.prev
	}
	l.next, l.prev = nil, nil
}

// close closes all loads: those that run, and those that begin from now on. A cache that hangs must not keep one load
// from ending because of another one, so each is closed on a goroutine of its own.
func (r *running[K, V]) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	r.closed = true
	for l := r.first; l != nil; l = l.next {
		go l.close()
	}
}
