package cached

import (
	"sync"
	"sync/atomic"
)

// gate counts the loads inside. It can be closed: then no more enter, and it reports when the last one has left.
type gate struct {
	inside  atomic.Int64
	closed  atomic.Bool
	once    sync.Once
	emptied chan struct{} // closed when the gate is closed and nobody is inside
}

func newGate() *gate { return &gate{emptied: make(chan struct{})} }

// enter reports whether the gate is open; then leave has to be called. It counts first and looks second, so
// that close cannot overlook anyone.
func (g *gate) enter() bool {
	g.inside.Add(1)
	if g.closed.Load() {
		g.leave()
		return false
	}
	return true
}

func (g *gate) leave() {
	if g.inside.Add(-1) == 0 && g.closed.Load() {
		g.once.Do(func() { close(g.emptied) })
	}
}

// close shuts the gate and returns a channel that is closed when nobody is inside.
func (g *gate) close() <-chan struct{} {
	g.closed.Store(true)
	if g.inside.Load() == 0 {
		g.once.Do(func() { close(g.emptied) })
	}
	return g.emptied
}
