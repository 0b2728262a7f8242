package hitratio

// young remembers the last keys that a queue has evicted.
type young struct {
	window int
	order  queue[struct{}]
	keys   map[uint64]*node[struct{}]
}

func newYoung(window int) *young {
	return &young{window: window, keys: make(map[uint64]*node[struct{}])}
}

// put remembers key, which was just evicted.
func (y *young) put(key uint64) {
	y.take(key)
	n := &node[struct{}]{key: key}
	y.keys[key] = n
	y.order.push(n)
	if y.order.size > y.window {
		delete(y.keys, y.order.pop().key)
	}
}

// take forgets key, and reports whether it was remembered.
func (y *young) take(key uint64) bool {
	n, found := y.keys[key]
	if found {
		delete(y.keys, key)
		y.order.remove(n)
	}
	return found
}
