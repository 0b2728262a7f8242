package guarded

import (
	"context"
	"sync/atomic"

	"github.com/ctxcache/cached/ctxcache"
)

// guard decides which calls reach the inner cache.
type guard[K comparable] struct {
	circuit *circuit
	slots   slots
	ratio   float64
	ask     func(ctx context.Context, key K) error // asks the inner cache whether it has key

	refused, shed atomic.Uint64
}

// pass is a call that has been let through.
type pass struct {
	ticket ticket
	slot   bool // whether it has a slot
}

// Before lets call through, or refuses it.
func (g *guard[K]) Before(ctx context.Context, call ctxcache.Call[K]) (context.Context, pass, error) {
	if !asks(call) {
		return ctx, pass{}, nil
	}
	p, err := g.enter(ctx, call)
	switch err {
	case ctxcache.ErrUnavailable:
		g.refused.Add(1)
	case ctxcache.ErrOverloaded:
		g.shed.Add(1)
	}
	return ctx, p, ctxcache.Fail(kind, call.Op, err)
}

// After counts how a call ended that was let through.
func (g *guard[K]) After(ctx context.Context, call ctxcache.Call[K], p pass, outcome ctxcache.Outcome) error {
	g.leave(p, judge(ctx, call, outcome.Err, g.ratio))
	g.circuit.report(ctx) // last, because it may panic
	return outcome.Err
}

// asks reports whether call asks the store now. A call for no keys does not. A Watch is not guarded, because it lasts as
// long as its caller wants.
func asks[K comparable](call ctxcache.Call[K]) bool {
	return call.Op != ctxcache.OpWatch && (!call.Op.Many() || call.Len() > 0)
}

// mayProbe reports whether a call by op may be the probe: it is short, and changes nothing, even if its answer is lost.
// GetLease leaves a marker in the store.
func mayProbe(op ctxcache.Operation) bool {
	switch op {
	case ctxcache.OpGet, ctxcache.OpGetEntry, ctxcache.OpGetEntries, ctxcache.OpContains:
		return true
	}
	return false
}

// enter lets call through, or returns an error that is not wrapped yet.
func (g *guard[K]) enter(ctx context.Context, call ctxcache.Call[K]) (pass, error) {
	if err := ctx.Err(); err != nil { // a done context ends the call, whatever the state
		return pass{}, err
	}
	p, err := g.admit(ctx, call.Op)
	if err != ctxcache.ErrUnavailable || mayProbe(call.Op) {
		return p, err
	}
	// The circuit may be half-open. If only reads could close it, a program that only writes and deletes would be refused
	// for ever.
	if err := g.probe(ctx, call); err != nil {
		return pass{}, err
	}
	return g.admit(ctx, call.Op)
}

// admit lets a call by op through if the circuit and the slots allow that.
func (g *guard[K]) admit(ctx context.Context, op ctxcache.Operation) (p pass, err error) {
	admitted := false
	defer func() {
		if !admitted { // also if OnState panics
			g.leave(p, errNothing)
		}
	}()
	p, err = g.take(op)
	g.circuit.report(ctx)
	admitted = err == nil
	return p, err
}

// take takes what a call by op needs. It returns what it has taken, even if that is not all.
func (g *guard[K]) take(op ctxcache.Operation) (p pass, err error) {
	var ok bool
	if p.ticket, ok = g.circuit.enter(mayProbe(op)); !ok {
		return p, ctxcache.ErrUnavailable
	}
	if op == ctxcache.OpKeys { // the body of the loop may use the cache
		return p, nil
	}
	if p.slot = g.slots.take(); !p.slot {
		return p, ctxcache.ErrOverloaded
	}
	return p, nil
}

// leave ends a call that was let through.
func (g *guard[K]) leave(p pass, verdict error) {
	if p.slot {
		g.slots.give()
	}
	g.circuit.leave(p.ticket, verdict)
}

// probe asks the inner cache for a key of call, if the circuit is half-open and no other probe runs. Its error is why it
// could not ask, or ctx's. It returns nil whatever the cache has answered: the state of the circuit says that.
func (g *guard[K]) probe(ctx context.Context, call ctxcache.Call[K]) error {
	reading := ctxcache.Call[K]{Op: ctxcache.OpContains, Key: call.Key} // the zero key, if call is about the whole cache
	for key := range call.Keys() {
		reading.Key = key
		break
	}
	p, err := g.admit(ctx, reading.Op)
	if err != nil {
		return err
	}
	outcome := ctxcache.Outcome{Err: ctxcache.ErrUnreturned}
	defer func() { _ = g.After(ctx, reading, p, outcome) }() // it returns outcome.Err
	outcome.Err = g.ask(ctx, reading.Key)
	return ctx.Err()
}
