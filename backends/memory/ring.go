package memory

// ring is a doubly linked list of nodes. It is closed by root, which is not a node of the cache: root.newer is the
// first node, and root.older is the last.
type ring[K comparable, V any] struct {
	root node[K, V]
}

// init makes r empty.
func (r *ring[K, V]) init() { r.root.older, r.root.newer = &r.root, &r.root }

// insert puts n behind another node. Behind root, n is the first.
func (r *ring[K, V]) insert(n, behind *node[K, V]) {
	n.older, n.newer = behind, behind.newer
	n.older.newer, n.newer.older = n, n
}

// unlink takes n out of the list.
func (r *ring[K, V]) unlink(n *node[K, V]) {
	n.older.newer = n.newer
	n.newer.older = n.older
}
