package memory

// random is the order of [RR]. It keeps no order: the nodes are in a slice, and each knows its index.
type random[K comparable, V any] struct {
	nodes []*node[K, V]
	pick  func(n int) int // returns a random number from 0 to n-1
}

func (r *random[K, V]) added(n *node[K, V]) {
	n.place = len(r.nodes)
	r.nodes = append(r.nodes, n)
}

func (r *random[K, V]) read(*node[K, V])      {}
func (r *random[K, V]) rewritten(*node[K, V]) {}

// removed moves the last node to the place of n.
func (r *random[K, V]) removed(n *node[K, V]) {
	end := len(r.nodes) - 1
	last := r.nodes[end]
	r.nodes[n.place] = last
	last.place = n.place
	r.nodes[end] = nil
	r.nodes = r.nodes[:end]
}

func (r *random[K, V]) victim() *node[K, V] { return r.nodes[r.pick(len(r.nodes))] }
