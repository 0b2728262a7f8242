package memory

import "time"

// sweepMax is how many expired entries a write removes at most. A write adds at most one entry, so with two or more
// removals per write the number of expired entries goes down.
const sweepMax = 4

// sweep removes a few expired entries, and a few leases that have run out.
func (s *shard[K, V]) sweep(now time.Duration) {
	for range sweepMax {
		n := s.deadlines.first()
		if n == nil || !n.gone(now) {
			break
		}
		s.remove(n, Expired)
	}
	s.leases.Sweep(now)
}

// ages reports whether s has entries that expire, or leases.
func (s *shard[K, V]) ages() bool { return s.deadlines.first() != nil || s.leases.Len() > 0 }

// expire removes all expired entries.
func (s *shard[K, V]) expire(now time.Duration) {
	for n := s.deadlines.first(); n != nil && n.gone(now); n = s.deadlines.first() {
		s.remove(n, Expired)
	}
}

// unscheduled is the slot of a node without a deadline.
const unscheduled = -1

// deadlines has the nodes of a shard that have a deadline. It is a binary heap ordered by node.leaves. Every node knows
// its slot in the heap, so that it can be moved and removed in O(log n).
type deadlines[K comparable, V any] struct {
	heap []*node[K, V]
}

// first returns the node with the earliest deadline, or nil.
func (d *deadlines[K, V]) first() *node[K, V] {
	if len(d.heap) == 0 {
		return nil
	}
	return d.heap[0]
}

// schedule moves n to the place for its deadline, n.leaves. N may be new, or its deadline may have changed.
func (d *deadlines[K, V]) schedule(n *node[K, V]) {
	switch {
	case n.leaves == never:
		d.cancel(n)
	case n.slot == unscheduled:
		d.heap = append(d.heap, n)
		d.up(n, len(d.heap)-1)
	default:
		d.down(n, n.slot)
		d.up(n, n.slot)
	}
}

// cancel takes n out of the heap, if it is in.
func (d *deadlines[K, V]) cancel(n *node[K, V]) {
	slot := n.slot
	if slot == unscheduled {
		return
	}
	n.slot = unscheduled
	end := len(d.heap) - 1
	last := d.heap[end]
	d.heap[end] = nil
	d.heap = d.heap[:end]
	if last != n {
		d.down(last, slot)
		d.up(last, last.slot)
	}
}

// up puts n into slot, or nearer to the top if n leaves before its parents.
func (d *deadlines[K, V]) up(n *node[K, V], slot int) {
	for slot > 0 {
		parent := (slot - 1) / 2
		if d.heap[parent].leaves <= n.leaves {
			break
		}
		d.put(d.heap[parent], slot)
		slot = parent
	}
	d.put(n, slot)
}

// down puts n into slot, or further down if n leaves after its children.
func (d *deadlines[K, V]) down(n *node[K, V], slot int) {
	for {
		child := 2*slot + 1
		if child >= len(d.heap) {
			break
		}
		if right := child + 1; right < len(d.heap) && d.heap[right].leaves < d.heap[child].leaves {
			child = right
		}
		if n.leaves <= d.heap[child].leaves {
			break
		}
		d.put(d.heap[child], slot)
		slot = child
	}
	d.put(n, slot)
}

func (d *deadlines[K, V]) put(n *node[K, V], slot int) {
	d.heap[slot] = n
	n.slot = slot
}
