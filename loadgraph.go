package cached

import (
	"context"
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"
)

// load is a node in the graph of loads that wait for each other. The graph covers all flights of the process. An edge
// goes from a load to each flight that it waits for, or that a goroutine with its context waits for. Only nested loads
// have edges, and only loads with a limit have slots. So other loads do not pay for the graph.
//
// The graph answers two questions: whether a load waits for itself, and whose slot (Options.MaxLoads) a load may borrow
// (see slots.go).
type load struct {
	known atomic.Bool // it is or was in the graph; set under graph.mu
	ended atomic.Bool // the source has answered, or nobody waits for it any more; set before known is read

	// These are guarded by graph.mu.
	waitsFor map[*load]waits
	waitedBy map[*load]bool // the other ends of the edges
	place    place
}

// waits is an edge: how many goroutines of a load wait for another load.
type waits struct {
	sure  int // the load cannot end before they do
	loose int // the load may not wait for them, see endsWithLoad
}

// graph is locked to read or change edges and slots. It is one lock for all, because a circle or a chain of borrowed slots
// may go through any number of flights. Nobody keeps it while it waits, or calls code of a user.
var graph struct{ mu sync.Mutex }

type loadKey struct{}

// withLoad returns a context for the code that l runs.
func withLoad(ctx context.Context, l *load) context.Context {
	return &valueContext{ctx, loadKey{}, l}
}

// loadFrom returns the load whose code ctx was made for, or nil.
func loadFrom(ctx context.Context) *load {
	l, _ := ctx.Value(loadKey{}).(*load)
	return l
}

// wait records that l waits for on, until undo is called. It returns ErrRecursiveLoad if on waits for l, directly or
// through others. A wait that is not sure does not close a circle: it is left out then. If l has ended, a goroutine that
// it left behind asks, and nothing is recorded.
func (l *load) wait(on *load, sure bool) (undo func(), err error) {
	graph.mu.Lock()
	defer graph.mu.Unlock()
	if !l.enterGraph() {
		return func() {}, nil
	}
	on.enterGraph()
	if on.reaches(l, make(map[*load]bool)) {
		if sure {
			return nil, ErrRecursiveLoad
		}
		return func() {}, nil
	}
	edge := waits{loose: 1}
	if sure {
		edge = waits{sure: 1}
	}
	l.count(on, edge)
	l.offerUpwards(on)
	return func() {
		graph.mu.Lock()
		defer graph.mu.Unlock()
		if _, ok := l.waitsFor[on]; ok { // otherwise l has ended
			l.count(on, waits{-edge.sure, -edge.loose})
		}
	}, nil
}

// waitTogether records that all loads surely wait for on, until undo is called. On is new, so it waits for nothing yet,
// a slot included. A loader that asks for a key of its batch finds the circle.
func waitTogether[K comparable, V any](loads []*loading[K, V], on *load) (undo func()) {
	graph.mu.Lock()
	defer graph.mu.Unlock()
	on.enterGraph()
	for _, l := range loads {
		if l := &l.flight.load; l.enterGraph() {
			l.count(on, waits{sure: 1})
		}
	}
	return func() {
		graph.mu.Lock()
		defer graph.mu.Unlock()
		for _, l := range loads {
			if _, ok := l.flight.load.waitsFor[on]; ok { // otherwise l has ended, or had ended before
				l.flight.load.count(on, waits{sure: -1})
			}
		}
	}
}

// count adds to the edge from l to on. An edge without waits is removed.
func (l *load) count(on *load, more waits) {
	if l.waitsFor == nil {
		l.waitsFor = make(map[*load]waits)
	}
	if on.waitedBy == nil {
		on.waitedBy = make(map[*load]bool)
	}
	edge := l.waitsFor[on]
	edge.sure += more.sure
	edge.loose += more.loose
	l.waitsFor[on], on.waitedBy[l] = edge, true
	if edge == (waits{}) {
		delete(l.waitsFor, on)
		delete(on.waitedBy, l)
	}
}

// enterGraph makes l known, and returns false if it has ended. The order matters: end sets ended and then reads known.
func (l *load) enterGraph() bool {
	l.known.Store(true)
	return !l.ended.Load()
}

// reaches reports whether l is target, or surely waits for target, directly or through others. Loads in seen are not
// searched again.
func (l *load) reaches(target *load, seen map[*load]bool) bool {
	if l == target {
		return true
	}
	if seen[l] {
		return false
	}
	seen[l] = true
	for next, edge := range l.waitsFor {
		if edge.sure > 0 && next.reaches(target, seen) {
			return true
		}
	}
	return false
}

// end records that l is over. Goroutines that it leaves behind belong to no load from now on: their waits close no
// circle, and there is no slot that they could lend. The slot of l is free, or goes on to the load that borrowed it. End
// may be called again.
func (l *load) end() {
	l.ended.Store(true)
	if !l.known.Load() {
		return
	}
	graph.mu.Lock()
	defer graph.mu.Unlock()
	for on := range l.waitsFor {
		delete(on.waitedBy, l)
	}
	l.waitsFor = nil
	l.yield()
}

// endsWithLoad reports whether the load that ctx belongs to surely waits for a call with ctx. If ctx ends, it is taken for
// a part of the load, which ends no later. If it never ends, it was made by context.WithoutCancel for something that
// outlives the load. But the goroutine of the load itself may use such a context, too. A context that is not of package
// context is taken for a part of the load: to call its Done might mean something to its maker.
func endsWithLoad(ctx context.Context) bool {
	if added, ours := ctx.(*valueContext); ours {
		return endsWithLoad(added.Context)
	}
	kind := reflect.TypeOf(ctx)
	if kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	return kind.PkgPath() != "context" || ctx.Done() != nil || onLoadGoroutine()
}

// runLoad runs a load. It is a function of its own, so that onLoadGoroutine finds it on the stack.
//
//go:noinline
func runLoad(run func()) { run() }

var runLoadName = runtime.FuncForPC(reflect.ValueOf(runLoad).Pointer()).Name()

// onLoadGoroutine reports whether the caller's goroutine runs a load.
func onLoadGoroutine() bool {
	pcs := make([]uintptr, 64)
	for skip := 0; ; skip += len(pcs) {
		n := runtime.Callers(skip, pcs)
		frames := runtime.CallersFrames(pcs[:n])
		for {
			frame, more := frames.Next()
			if frame.Function == runLoadName {
				return true
			}
			if !more {
				break
			}
		}
		if n < len(pcs) {
			return false
		}
	}
}
