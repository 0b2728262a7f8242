package memory

// lru evicts the least recently used node. The nodes form a ring through root, which is none of them:
// root.newer is the oldest node, root.older the newest.
type lru[K comparable, V any] struct {
	root node[K, V]
}

func newLRU[K comparable, V any]() *lru[K, V] {
	l := &lru[K, V]{}
	l.root.older, l.root.newer = &l.root, &l.root
	return l
}

func (l *lru[K, V]) added(n *node[K, V]) {
	n.older, n.newer = l.root.older, &l.root
	n.older.newer = n
	l.root.older = n
}

func (l *lru[K, V]) touched(n *node[K, V]) {
	if l.root.older == n {
		return
	}
	l.removed(n)
	l.added(n)
}

func (l *lru[K, V]) removed(n *node[K, V]) {
	n.older.newer = n.newer
	n.newer.older = n.older
}

func (l *lru[K, V]) victim() *node[K, V] { return l.root.newer }
