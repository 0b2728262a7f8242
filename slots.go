package cached

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/ctxcache/cached/ctxcache"
)

// ErrOverloaded is the error of a load that is not begun, because Options.MaxLoads loads run and Options.MaxQueued loads
// wait for them. It is not a failure of the source, so the key does not cool down. It wraps [ctxcache.ErrOverloaded].
var ErrOverloaded error = &ctxcache.Error{
	Layer: kind, Op: ctxcache.OpLoad, Err: ctxcache.Discreet("too many loads wait", ctxcache.ErrOverloaded),
}

// slots limits how many loads run at a time, and how many wait for that. The zero value has no limit.
//
// A load that waits for another load lends its slot to it. Otherwise loads that ask for each other might wait for slots
// in a circle. A slot is lent to one load at a time. So a load that starts many others does not run all of them at once:
// at most as many loads borrow as there are slots.
type slots struct {
	taken     chan struct{} // has an element for each slot that is taken; nil without a limit
	maxQueued int           // how many loads may wait for a slot; 0 means no limit
	queued    atomic.Int64
}

// limit sets Options.MaxLoads and Options.MaxQueued. It is called before any load.
func (s *slots) limit(maxLoads, maxQueued int) {
	if maxLoads > 0 {
		s.taken, s.maxQueued = make(chan struct{}, maxLoads), maxQueued
	}
}

// place is where a load runs: in a slot of its own, in a borrowed one, or, without a limit, in none. It is guarded by
// graph.mu.
type place struct {
	own      *slots        // where its own slot comes from; nil without one
	lender   *load         // whose slot it has borrowed; nil without one
	borrower *load         // who has borrowed the slot that this load has; nil if nobody has
	queued   chan struct{} // closed when a slot is lent to this load; nil if it does not wait for one
}

// idle reports whether the load has a slot that it can lend.
func (p *place) idle() bool { return (p.own != nil || p.lender != nil) && p.borrower == nil }

// take waits until l may run, in a slot of its own or in the slot of a load that waits for it. The end of l gives the slot
// back. The error is the context's, or ErrOverloaded. With MaxQueued, a refresh behind callers does not wait: its callers
// have a value, and a place in the queue is for those that have none. Place is nil if the load has a place of its own.
func (s *slots) take(ctx context.Context, l *load, behind bool, place *sharedPlace) error {
	if s.taken == nil {
		return nil
	}
	lent := l.queue()
	select {
	case <-lent:
		return nil
	default:
	}
	select {
	case s.taken <- struct{}{}: // a slot is free, so nobody waits for one
		s.settle(l)
		return nil
	default:
	}
	if s.maxQueued > 0 && behind || !place.enter(s) {
		l.unqueue()
		return ErrOverloaded
	}
	defer place.leave(s)
	select {
	case <-lent:
		return nil
	case s.taken <- struct{}{}:
		s.settle(l)
		return nil
	case <-ctx.Done():
		l.unqueue()
		return ctx.Err()
	}
}

// settle gives l the slot that it has just taken, unless it was lent one at the same moment, or has ended.
func (s *slots) settle(l *load) {
	if !l.settleIn(s) {
		<-s.taken
	}
}

// enterQueue counts a load that waits. It returns false if too many loads wait already.
func (s *slots) enterQueue() bool {
	for {
		queued := s.queued.Load()
		if s.maxQueued > 0 && queued >= int64(s.maxQueued) {
			return false
		}
		if s.queued.CompareAndSwap(queued, queued+1) {
			return true
		}
	}
}

// sharedPlace is a place in the queue for all loads of one call. Otherwise a GetMany of many keys would be too much even if
// nobody else waits. It may be used concurrently. With nil, a load has a place of its own.
type sharedPlace struct {
	mu    sync.Mutex
	loads int // that wait in this place
}

// enter reports whether the load may wait.
func (p *sharedPlace) enter(s *slots) bool {
	if p == nil {
		return s.enterQueue()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.loads == 0 && !s.enterQueue() {
		return false
	}
	p.loads++
	return true
}

// leave is called when a load does not wait any more.
func (p *sharedPlace) leave(s *slots) {
	if p != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.loads--; p.loads > 0 {
			return
		}
	}
	s.queued.Add(-1)
}

// full reports whether a load would probably have to wait.
func (s *slots) full() bool { return s.taken != nil && len(s.taken) == cap(s.taken) }

// takeSlot takes a slot for l. A batch takes one for all of its loads.
func (l *loading[K, V]) takeSlot(ctx context.Context) error {
	if l.batch != nil {
		return nil
	}
	return l.f.slots.take(ctx, &l.flight.load, l.behind, l.place)
}

// takeSlot takes a slot for loads of b, which ask the source together. Node is their node in the graph.
func (b *batch[K, V]) takeSlot(ctx context.Context, node *load, loads []*loading[K, V]) error {
	behind := !slices.ContainsFunc(loads, func(l *loading[K, V]) bool { return !l.behind })
	place := loads[0].place
	if slices.ContainsFunc(loads, func(l *loading[K, V]) bool { return l.place != place }) {
		place = nil
	}
	return b.f.slots.take(ctx, node, behind, place)
}

// unasked ends a load that did not ask its source, because of err. So it has not failed, and its key does not cool down. A
// refresh behind callers is skipped if there is no slot for it.
func (l *loading[K, V]) unasked(ctx context.Context, err error) error {
	if l.behind && err == ErrOverloaded {
		l.result.skipped, err = true, nil
	}
	return l.failed(ctx, err)
}

// queue makes l wait for a slot that it can borrow. The channel that it returns is closed when l has one.
func (l *load) queue() <-chan struct{} {
	graph.mu.Lock()
	defer graph.mu.Unlock()
	l.enterGraph()
	lent := make(chan struct{})
	l.place.queued = lent
	l.offerUpwards(l)
	return lent
}

// settleIn makes a slot of s the own slot of l. It returns false if l does not need it.
func (l *load) settleIn(s *slots) bool {
	graph.mu.Lock()
	defer graph.mu.Unlock()
	l.place.queued = nil
	if l.place.lender != nil || l.ended.Load() {
		return false
	}
	l.place.own = s
	return true
}

// unqueue undoes queue, even if l has got a slot meanwhile.
func (l *load) unqueue() {
	graph.mu.Lock()
	defer graph.mu.Unlock()
	l.yield()
}

// yield gives the slot of l away: to the load that has borrowed it, or else to where it came from. The caller has locked
// the graph.
func (l *load) yield() {
	was := l.place
	l.place = place{}
	switch heir := was.borrower; {
	case heir != nil: // it still runs
		heir.place.own, heir.place.lender = was.own, was.lender
		if was.lender != nil {
			was.lender.place.borrower = heir
		}
	case was.lender != nil:
		was.lender.place.borrower = nil
		was.lender.offer(make(map[*load]bool), was.lender)
	case was.own != nil:
		<-was.own.taken
	}
}

// offerUpwards makes l, and the loads that wait for it, directly or through others, lend their idle slots to loads
// that wait for one: to itself, or loads that it waits for. L waits for to, or is to. All loads that are reached
// otherwise were offered these slots before. The caller has locked the graph.
func (l *load) offerUpwards(to *load) {
	seen := map[*load]bool{l: true}
	for next := []*load{l}; len(next) > 0; {
		holder := next[len(next)-1]
		next = next[:len(next)-1]
		if holder.place.idle() && !holder.offer(make(map[*load]bool), to) {
			return // no other holder finds one either
		}
		for above := range holder.waitedBy {
			if !seen[above] {
				seen[above] = true
				next = append(next, above)
			}
		}
	}
}

// offer lends the slot of l to a load that waits for one: to itself, or one that to waits for, directly or through
// others. It reports whether it found one. Loads in seen are not searched again. The caller has locked the graph.
func (l *load) offer(seen map[*load]bool, to *load) bool {
	if seen[to] {
		return false
	}
	seen[to] = true
	if p := &to.place; p.queued != nil {
		close(p.queued)
		p.queued, p.lender, l.place.borrower = nil, l, to
		return true
	}
	for on := range to.waitsFor {
		if l.offer(seen, on) {
			return true
		}
	}
	return false
}
