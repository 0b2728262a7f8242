package cached

import "context"

// slots limits how many loads run at a time. A nil slots has no limit.
//
// A load that waits for another load lends its slot to it. Otherwise loads that ask for each other might wait for slots
// in a circle. A slot is lent to one load at a time. So a load that starts many others does not run all of them at once:
// at most as many loads borrow as there are slots.
type slots chan struct{}

// place is where a load runs: in a slot of its own, in a borrowed one, or, without a limit, in none. It is guarded by
// graph.mu.
type place struct {
	own      slots         // where its own slot comes from; nil without one
	lender   *load         // whose slot it has borrowed; nil without one
	borrower *load         // who has borrowed the slot that this load has; nil if nobody has
	queued   chan struct{} // closed when a slot is lent to this load; nil if it does not wait for one
}

// idle reports whether the load has a slot that it can lend.
func (p *place) idle() bool { return (p.own != nil || p.lender != nil) && p.borrower == nil }

// take waits until l may run, in a slot of its own or in the slot of a load that waits for it. The end of l gives the slot
// back. The error is the context's.
func (s slots) take(ctx context.Context, l *load) error {
	if s == nil {
		return nil
	}
	lent := l.queue()
	select {
	case <-lent:
		return nil
	default:
	}
	select {
	case <-lent:
		return nil
	case s <- struct{}{}:
		if !l.settleIn(s) {
			<-s // it was lent one at the same moment, or has ended
		}
		return nil
	case <-ctx.Done():
		l.unqueue()
		return ctx.Err()
	}
}

// full reports whether a load would probably have to wait.
func (s slots) full() bool { return s != nil && len(s) == cap(s) }

// queue makes l wait for a slot that it can borrow. The channel that it returns is closed when l has one.
func (l *load) queue() <-chan struct{} {
	graph.mu.Lock()
	defer graph.mu.Unlock()
	l.enterGraph()
	lent := make(chan struct{})
	l.place.queued = lent
	l.offerUpwards()
	return lent
}

// settleIn makes a slot of s the own slot of l. It returns false if l does not need it.
func (l *load) settleIn(s slots) bool {
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
		<-was.own
	}
}

// offerUpwards makes l, and the loads that wait for it, directly or through others, lend their idle slots to loads that
// they wait for. The caller has locked the graph.
func (l *load) offerUpwards() {
	seen := map[*load]bool{l: true}
	for next := []*load{l}; len(next) > 0; {
		holder := next[len(next)-1]
		next = next[:len(next)-1]
		if holder.place.idle() {
			holder.offer(make(map[*load]bool), holder)
		}
		for above := range holder.waitedBy {
			if !seen[above] {
				seen[above] = true
				next = append(next, above)
			}
		}
	}
}

// offer lends the slot of l to a load that waits for one, and that from waits for, directly or through others. It reports
// whether it found one. Loads in seen are not searched again. The caller has locked the graph.
func (l *load) offer(seen map[*load]bool, from *load) bool {
	for on := range from.waitsFor {
		if seen[on] {
			continue
		}
		seen[on] = true
		if p := &on.place; p.queued != nil {
			close(p.queued)
			p.queued, p.lender, l.place.borrower = nil, l, on
			return true
		}
		if l.offer(seen, on) {
			return true
		}
	}
	return false
}
