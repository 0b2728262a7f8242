package memory

// order keeps the nodes of a shard in the order of a policy. Its methods are called under the lock of the shard. Each
// takes constant time. The memory of an order is in proportion to the largest number of nodes that the shard has had.
type order[K comparable, V any] interface {
	// added is called when n has been added to the shard.
	added(n *node[K, V])
	// read is called when n has been read.
	read(n *node[K, V])
	// rewritten is called when n, which was already in the shard, has been written again.
	rewritten(n *node[K, V])
	// removed is called when n has left the shard, for whatever reason.
	removed(n *node[K, V])
	// victim returns the node to evict next. It is called only if there are nodes.
	victim() *node[K, V]
}

// newOrder returns the order of an empty shard. RR calls pick for a random number from 0 to n-1.
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

// unordered is the order of a shard that never evicts. It keeps no order, which makes a hit cheaper.
type unordered[K comparable, V any] struct{}

func (unordered[K, V]) added(*node[K, V])     {}
func (unordered[K, V]) read(*node[K, V])      {}
func (unordered[K, V]) rewritten(*node[K, V]) {}
func (unordered[K, V]) removed(*node[K, V])   {}
func (unordered[K, V]) victim() *node[K, V]   { return nil }
