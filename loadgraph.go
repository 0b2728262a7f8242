package cached

import (
	"context"
	"sync"
)

// load is a node in the graph of loads that wait for each other. The graph covers all flights of the process. An edge
// goes from a load to each flight that it waits for, or that a goroutine with its context waits for. Only nested loads
// have edges, so other loads do not pay for the graph.
//
// The graph answers two questions: whether a load waits for itself, and whose slot (Options.MaxLoads) a load may use.
// Each node has its own lock. No goroutine holds two of them at the same time.
type load struct {
	mu       sync.Mutex
	waitsFor map[*load]int // how many goroutines of this load wait for the other load
	slotted  bool          // it runs in a slot: its own, or the slot of a load that waits for it
	lent     chan struct{} // closed when slotted becomes true; nil until somebody waits for that
	ended    bool          // its flight has ended, so it needs no slot; its goroutines may still wait for other loads
}

type loadKey struct{}

// withLoad returns a context for the code that l runs.
func withLoad(ctx context.Context, l *load) context.Context {
	return context.WithValue(ctx, loadKey{}, l)
}

// loadFrom returns the load whose code ctx was made for, or nil.
func loadFrom(ctx context.Context) *load {
	l, _ := ctx.Value(loadKey{}).(*load)
	return l
}

// wait records that l waits for on. It returns ErrRecursiveLoad if on waits for l, directly or through others. It adds
// the edge before it searches: if two loads close a circle at the same time, at least one of them finds it.
func (l *load) wait(on *load) error {
	l.mu.Lock()
	if l.waitsFor == nil {
		l.waitsFor = make(map[*load]int)
	}
	l.waitsFor[on]++
	slotted := l.slotted
	l.mu.Unlock()
	if on.reaches(l, make(map[*load]bool)) {
		l.endWait(on)
		return ErrRecursiveLoad
	}
	if slotted {
		on.lend()
	}
	return nil
}

// endWait undoes one wait.
func (l *load) endWait(on *load) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waitsFor[on]--; l.waitsFor[on] == 0 {
		delete(l.waitsFor, on)
	}
}

// reaches reports whether l is target, or waits for target, directly or through others. Loads in seen are not searched
// again.
func (l *load) reaches(target *load, seen map[*load]bool) bool {
	if l == target {
		return true
	}
	if seen[l] {
		return false
	}
	seen[l] = true
	for _, next := range l.next() {
		if next.reaches(target, seen) {
			return true
		}
	}
	return false
}

func (l *load) next() []*load {
	l.mu.Lock()
	defer l.mu.Unlock()
	next := make([]*load, 0, len(l.waitsFor))
	for on := range l.waitsFor {
		next = append(next, on)
	}
	return next
}

// lend lets l, and every load that l waits for, run in the slot of a load that waits for l. The waiting load does
// nothing in the meantime. If l had to wait for a slot of its own, neither of them might ever go on.
func (l *load) lend() {
	l.mu.Lock()
	if l.slotted || l.ended {
		l.mu.Unlock()
		return
	}
	l.slotted = true
	if l.lent != nil {
		close(l.lent)
	}
	l.mu.Unlock()
	for _, next := range l.next() {
		next.lend()
	}
}

// end records that the flight of l has ended. A goroutine that l leaves behind has no slot that it could lend.
func (l *load) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.slotted, l.ended = false, true
}

// lending returns a channel that is closed as soon as l may run in another load's slot.
func (l *load) lending() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lent == nil {
		l.lent = make(chan struct{})
		if l.slotted {
			close(l.lent)
		}
	}
	return l.lent
}

// slots limits how many loads run at a time. A nil slots has no limit.
type slots chan struct{}

// take waits until l may run, in a slot of its own or in the slot of a load that waits for it. The caller must call
// giveBack when the load has ended. The error is the context's.
func (s slots) take(ctx context.Context, l *load) (giveBack func(), err error) {
	if s == nil {
		return func() {}, nil
	}
	select {
	case <-l.lending():
		return func() {}, nil
	default:
	}
	select {
	case <-l.lending():
		return func() {}, nil
	case s <- struct{}{}:
		l.lend() // to the loads that it will wait for
		return func() { <-s }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
