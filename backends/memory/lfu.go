package memory

// lfu is the order of [LFU]. The entries are in a list, ordered by how often they were used. Entries that were used equally
// often are ordered by how long ago that was, and form a group. A group knows its last entry, so an entry moves to the
// next group without a search. After "An O(1) algorithm for implementing the LFU cache eviction scheme" (Shah, Mitra,
// Matani, 2010).
type lfu[K comparable, V any] struct {
	plain
	list   queue[K, V]
	groups []lfuGroup // the first is never used; the slab has the index of each entry's group
	unused []uint32   // the indexes of groups that have no entries
}

// lfuGroup describes the entries that were used equally often. It has at least one, unless its index is in unused.
type lfuGroup struct {
	uses uint64
	last uint32
}

func newLFU[K comparable, V any](slots *slab[K, V]) *lfu[K, V] {
	slots.grouped = true
	return &lfu[K, V]{list: queue[K, V]{slots: slots}, groups: make([]lfuGroup, 1)}
}

func (l *lfu[K, V]) added(i uint32, _ uint64) {
	if first := l.place(l.list.oldest); l.groups[first].uses == 1 {
		l.join(i, first)
		return
	}
	l.list.insert(i, 0)
	l.found(i, 1)
}

// place returns the index of the group of i, or 0 for 0.
func (l *lfu[K, V]) place(i uint32) uint32 {
	if i == 0 {
		return 0
	}
	return *l.list.slots.group(i)
}

// put makes i an entry of the group with this index.
func (l *lfu[K, V]) put(i, place uint32) { *l.list.slots.group(i) = place }

func (l *lfu[K, V]) used(i uint32) {
	g := &l.groups[l.place(i)]
	last, uses := g.last, g.uses+1
	if next := l.place(l.list.slots.at(last).newer); l.groups[next].uses == uses {
		l.removed(i)
		l.join(i, next)
		return
	}
	if l.alone(i) {
		g.uses = uses
		return
	}
	l.removed(i)
	if last == i {
		last = g.last
	}
	l.list.insert(i, last)
	l.found(i, uses)
}

func (l *lfu[K, V]) rewritten(i uint32) { l.used(i) }

func (l *lfu[K, V]) removed(i uint32) {
	g := &l.groups[l.place(i)]
	switch {
	case l.alone(i):
		*g = lfuGroup{}
		l.unused = append(l.unused, l.place(i))
	case g.last == i:
		g.last = l.list.slots.at(i).older
	}
	l.list.remove(i)
}

func (l *lfu[K, V]) moved(from, to uint32) {
	l.list.join(to)
	if g := &l.groups[l.place(to)]; g.last == from {
		g.last = to
	}
}

func (l *lfu[K, V]) victim() uint32 { return l.list.oldest }

// alone reports whether i is the only entry of its group.
func (l *lfu[K, V]) alone(i uint32) bool {
	older := l.list.slots.at(i).older
	return l.groups[l.place(i)].last == i && l.place(older) != l.place(i)
}

// join puts i, which is not in the list, at the end of a group.
func (l *lfu[K, V]) join(i, place uint32) {
	g := &l.groups[place]
	l.list.insert(i, g.last)
	g.last = i
	l.put(i, place)
}

// found makes a new group with i, which is already in the list.
func (l *lfu[K, V]) found(i uint32, uses uint64) {
	made := lfuGroup{uses: uses, last: i}
	if end := len(l.unused) - 1; end >= 0 {
		place := l.unused[end]
		l.unused = l.unused[:end]
		l.groups[place] = made
		l.put(i, place)
		return
	}
	l.put(i, uint32(len(l.groups)))
	l.groups = append(l.groups, made)
}
