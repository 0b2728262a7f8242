package memory

import "time"

// sweepMax bounds what a write does for others. A write adds at most one entry, so with two or more per write the
// expired ones become fewer.
const sweepMax = 4

// sweep removes a few of the entries whose time has come, and of the leases that ran out.
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

// ages reports whether there is anything that time alone will take away.
func (s *shard[K, V]) ages() bool { return s.deadlines.first() != nil || s.leases.Len() > 0 }

// expire removes every entry whose time has come.
func (s *shard[K, V]) expire(now time.Duration) {
	for n := s.deadlines.first(); n != nil && n.gone(now); n = s.deadlines.first() {
		s.remove(n, Expired)
	}
}

// unscheduled is the slot of a node without a deadline.
const unscheduled = -1

// deadlines has the nodes of a shard that leave by themselves, the next one first: a binary heap on node.leaves in
// which every node knows its slot, so that it can be moved and removed.
type deadlines[K comparable, V any] struct {
	heap []*node[K, V]
}

// first returns the node that leaves next, or nil.
func (d *deadlines[K, V]) first() *node[K, V] {
	if len(d.heap) == 0 {
		return nil
	}
	return d.heap[0]
}

// schedule puts n where n.leaves says: it may be new, or have another deadline than before.
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

// cancel takes n out, if it is in.
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

// up puts n into slot, or further up if it leaves before its parents.
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

// down puts n into slot, or further down if it leaves after its children.
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
