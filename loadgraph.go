package cached

import (
	"context"
	"sync"
)

// load is a node in the graph of loads that wait for each other, across all flights of the process. An edge
// goes from a load to each flight that it, or a goroutine that has its context, waits for. Only nested loads
// have edges, so all others pay nothing for it.
//
// The graph answers two questions: does a load wait for itself; and whose slot (MaxLoads) may a load use. Each node
// has its own lock, and no two are ever held together.
type load struct {
	mu       sync.Mutex
	waitsFor map[*load]int // how many goroutines of this load wait for that one
	slotted  bool          // it runs in a slot: its own, or one of a load which waits for it
	lent     chan struct{} // closed when slotted becomes true; made by the first that waits for that
}

type loadKey struct{}

// withLoad returns ctx for the code that l runs.
func withLoad(ctx context.Context, l *load) context.Context {
	return context.WithValue(ctx, loadKey{}, l)
}

// loadFrom returns the load that ctx was given to, or nil.
func loadFrom(ctx context.Context) *load {
	l, _ := ctx.Value(loadKey{}).(*load)
	return l
}

// wait records that l waits for on, or returns ErrRecursiveLoad if on waits for l, directly or through others.
// The edge is there before the search: of two loads that close a circle together at least one finds it.
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

// endWait takes back one wait.
func (l *load) endWait(on *load) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waitsFor[on]--; l.waitsFor[on] == 0 {
		delete(l.waitsFor, on)
	}
}

// reaches reports whether target is l, or one that l waits for, directly or through others.
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

// lend lets l, and all that it waits for, run in the slot of a load that waits for l. That load stands still
// meanwhile, and if l had to queue behind it, neither would ever go on.
func (l *load) lend() {
	l.mu.Lock()
	if l.slotted {
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

// slots bounds how many loads run at a time. A nil one has no bound.
type slots chan struct{}

// take waits until l may run, in a slot of its own or in the slot of a load that waits for it. The func, which is
// to be called when the load is over, gives the slot back.
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
		l.lend() // to all that it will wait for
		return func() { <-s }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
