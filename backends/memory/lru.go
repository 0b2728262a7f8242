package memory

// lru is the order of [LRU]. The least recently used node is the first of the ring.
type lru[K comparable, V any] struct {
	ring ring[K, V]
}

func newLRU[K comparable, V any]() *lru[K, V] {
	l := &lru[K, V]{}
	l.ring.init()
	return l
}

func (l *lru[K, V]) added(n *node[K, V]) { l.ring.insert(n, l.ring.root.older) }

func (l *lru[K, V]) read(n *node[K, V]) {
	if l.ring.root.older == n {
		return
	}
	l.ring.unlink(n)
	l.ring.insert(n, l.ring.root.older)
}

func (l *lru[K, V]) rewritten(n *node[K, V]) { l.read(n) }
func (l *lru[K, V]) removed(n *node[K, V])   { l.ring.unlink(n) }
func (l *lru[K, V]) victim() *node[K, V]     { return l.ring.root.newer }

// fifo is the order of [FIFO]. It is like lru, but a read changes nothing.
type fifo[K comparable, V any] struct{ *lru[K, V] }

func (fifo[K, V]) read(*node[K, V]) {}

// mru is the order of [MRU]. It is like lru, but the last node of the ring is evicted.
type mru[K comparable, V any] struct{ *lru[K, V] }

func (m mru[K, V]) victim() *node[K, V] { return m.ring.root.older }
