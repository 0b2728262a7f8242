package cached

import (
	"sync"
	"sync/atomic"
)

// gate counts the loads inside. After close, no load can enter, and a channel is closed when the last one has left. Its
// methods may be called concurrently.
type gate struct {
	inside  atomic.Int64
	closed  atomic.Bool
	once    sync.Once
	emptied chan struct{} // closed when the gate is closed and no load is inside
}

func newGate() *gate { return &gate{emptied: make(chan struct{})} }

// enter reports whether the gate is open. If it is, the caller must call leave. It counts first and looks second: in
// the other order close could miss a load that enters at the same time.
func (g *gate) enter() bool {
	g.inside.Add(1)
	if g.closed.Load() {
		g.leave()
		return false
	}
	return true
}

// enterBeside reports whether somebody is inside, and enters then, even if the gate is closed: whoever has closed it waits
// for that one anyway. If it reports true, the caller must call leave.
func (g *gate) enterBeside() bool {
	for n := g.inside.Load(); n > 0; n = g.inside.Load() {
		if !g.inside.CompareAndSwap(n, n+1) {
			continue
		}
		select {
		case <-g.emptied: // only others that are turned away were inside
			g.leave()
			return false
		default:
			return true
		}
	}
	return false
}

func (g *gate) leave() {
	if g.inside.Add(-1) == 0 && g.closed.Load() {
		g.once.Do(func() { close(g.emptied) })
	}
}

// close shuts the gate. It returns a channel that is closed when no load is inside.
func (g *gate) close() <-chan struct{} {
	g.closed.Store(true)
	if g.inside.Load() == 0 {
		g.once.Do(func() { close(g.emptied) })
	}
	return g.emptied
}
