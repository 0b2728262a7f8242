package memory

// order is what a policy makes of the nodes of a shard. Its methods are called under the lock of the shard;
// each takes constant time, and allocates no more than it takes to hold as many nodes as there ever were at
// once.
type order[K comparable, V any] interface {
	// added is called when n is new.
	added(n *node[K, V])
	// read is called when n was read.
	read(n *node[K, V])
	// rewritten is called when n, which was there, was written again.
	rewritten(n *node[K, V])
	// removed is called when n left, for whatever reason.
	removed(n *node[K, V])
	// victim returns the node to evict next. It is only asked while there are nodes.
	victim() *node[K, V]
}

// newOrder returns the order of no nodes. RR asks pick for a number below its argument.
func newOrder[K comparable, V any](policy Policy, pick func(n int) int) order[K, V] {
	switch policy {
	case LRU:
		return newLRU[K, V]()
	case FIFO:
		return fifo[K, V]{newLRU[K, V]()}
	case MRU:
		return mru[K, V]{newLRU[K, V]()}
	case LFU:
		return newLFU[K, V]()
	case RR:
		return &random[K, V]{pick: pick}
	default:
		return unordered[K, V]{}
	}
}

// unordered is the order of a shard that never evicts: none, which makes a hit cheaper.
type unordered[K comparable, V any] struct{}

func (unordered[K, V]) added(*node[K, V])     {}
func (unordered[K, V]) read(*node[K, V])      {}
func (unordered[K, V]) rewritten(*node[K, V]) {}
func (unordered[K, V]) removed(*node[K, V])   {}
func (unordered[K, V]) victim() *node[K, V]   { return nil }
