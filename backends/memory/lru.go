package memory

// lru is the order of [LRU]. The least recently used entry is the oldest of the list.
type lru[K comparable, V any] struct {
	plain
	list queue[K, V]
}

func newLRU[K comparable, V any](slots *slab[K, V]) *lru[K, V] {
	return &lru[K, V]{list: queue[K, V]{slots: slots}}
}

func (l *lru[K, V]) added(i uint32, _ uint64) { l.list.push(i) }
func (l *lru[K, V]) used(i uint32)            { l.list.renew(i) }
func (l *lru[K, V]) rewritten(i uint32)       { l.list.renew(i) }
func (l *lru[K, V]) removed(i uint32)         { l.list.remove(i) }
func (l *lru[K, V]) moved(_, to uint32)       { l.list.join(to) }
func (l *lru[K, V]) victim() uint32           { return l.list.oldest }

// fifo is the order of [FIFO]. It is like lru, but a read changes nothing.
type fifo[K comparable, V any] struct{ *lru[K, V] }

func (fifo[K, V]) used(uint32) {}

// mru is the order of [MRU]. It is like lru, but the newest entry of the list is evicted.
type mru[K comparable, V any] struct{ *lru[K, V] }

func (m mru[K, V]) victim() uint32 { return m.list.newest }
