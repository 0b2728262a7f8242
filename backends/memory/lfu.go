package memory

// lfu is the order of [LFU]. The nodes are in a ring, ordered by how often they were used. Nodes that were used equally
// often are ordered by how long ago that was, and form a group. A group knows its last node, so a node moves to the
// next group without a search. After "An O(1) algorithm for implementing the LFU cache eviction scheme" (Shah, Mitra,
// Matani, 2010).
type lfu[K comparable, V any] struct {
	ring   ring[K, V]
	groups []group[K, V] // by node.place; the first is the root's group, which has fewer uses than any other
	unused []int         // the places of groups that have no nodes
}

// group describes the nodes that were used equally often. It has at least one node, unless its place is in unused.
type group[K comparable, V any] struct {
	uses uint64
	last *node[K, V]
}

func newLFU[K comparable, V any]() *lfu[K, V] {
	l := &lfu[K, V]{groups: make([]group[K, V], 1)}
	l.ring.init()
	return l
}

func (l *lfu[K, V]) added(n *node[K, V]) {
	if first := l.ring.root.newer.place; l.groups[first].uses == 1 {
		l.join(n, first)
		return
	}
	l.ring.insert(n, &l.ring.root)
	l.found(n, 1)
}

func (l *lfu[K, V]) read(n *node[K, V]) {
	g := &l.groups[n.place]
	last, uses := g.last, g.uses+1
	if next := last.newer.place; l.groups[next].uses == uses {
		l.removed(n)
		l.join(n, next)
		return
	}
	if l.alone(n) {
		g.uses = uses
		return
	}
	l.removed(n)
	if last == n {
		last = n.older
	}
	l.ring.insert(n, last)
	l.found(n, uses)
}

func (l *lfu[K, V]) rewritten(n *node[K, V]) { l.read(n) }

func (l *lfu[K, V]) removed(n *node[K, V]) {
	g := &l.groups[n.place]
	switch {
	case l.alone(n):
		*g = group[K, V]{}
		l.unused = append(l.unused, n.place)
	case g.last == n:
		g.last = n.older
	}
	l.ring.unlink(n)
}

func (l *lfu[K, V]) victim() *node[K, V] { return l.ring.root.newer }

// alone reports whether n is the only node of its group.
func (l *lfu[K, V]) alone(n *node[K, V]) bool {
	return l.groups[n.place].last == n && n.older.place != n.place
}

// join puts n, which is not in the ring, at the end of the group at place.
func (l *lfu[K, V]) join(n *node[K, V], place int) {
	g := &l.groups[place]
	l.ring.insert(n, g.last)
	g.last, n.place = n, place
}

// found makes a new group with n, which is already in the ring.
func (l *lfu[K, V]) found(n *node[K, V], uses uint64) {
	made := group[K, V]{uses: uses, last: n}
	if end := len(l.unused) - 1; end >= 0 {
		n.place = l.unused[end]
		l.unused = l.unused[:end]
		l.groups[n.place] = made
		return
	}
	n.place = len(l.groups)
	l.groups = append(l.groups, made)
}
