package memory

// policy decides which entry of a shard makes room for a new one. Its methods are called under the lock of the
// shard, and each must take constant time and allocate nothing. A policy keeps its order in the nodes themselves.
type policy[K comparable, V any] interface {
	// added tells that n is new.
	added(n *node[K, V])
	// touched tells that n was read, or written again.
	touched(n *node[K, V])
	// removed tells that n left, for whatever reason.
	removed(n *node[K, V])
	// victim returns the node to evict before another is added. It is only asked while there are nodes.
	victim() *node[K, V]
}

// newPolicy returns the policy of an empty shard which has room for that many nodes; 0 is no bound.
func newPolicy[K comparable, V any](room int) policy[K, V] {
	if room == 0 {
		return unbounded[K, V]{}
	}
	return newLRU[K, V]()
}

// unbounded is the policy of shards that never evict: it keeps no order, which makes a hit cheaper.
type unbounded[K comparable, V any] struct{}

func (unbounded[K, V]) added(*node[K, V])   {}
func (unbounded[K, V]) touched(*node[K, V]) {}
func (unbounded[K, V]) removed(*node[K, V]) {}
func (unbounded[K, V]) victim() *node[K, V] { return nil }
