package hitratio

// node is an entry of a queue. E is the state that a policy keeps for each key.
type node[E any] struct {
	key        uint64
	prev, next *node[E] // toward the head, toward the tail
	in         *queue[E]
	state      E
}

// queue is a doubly linked list. Keys enter at the head, and leave at the tail or from any place. All methods take
// constant time. The zero value is empty.
type queue[E any] struct {
	head, tail *node[E]
	size       int
}

// push puts n, which is in no queue, at the head.
func (q *queue[E]) push(n *node[E]) {
	n.prev, n.next, n.in = nil, q.head, q
	if q.head != nil {
		q.head.prev = n
	} else {
		q.tail = n
	}
	q.head = n
	q.size++
}

// remove takes n, which must be in q, out of it.
func (q *queue[E]) remove(n *node[E]) {
	if n.prev != nil {
		n.prev.next = n.next
	} else {
		q.head = n.next
	}
	if n.next != nil {
		n.next.prev = n.prev
	} else {
		q.tail = n.prev
	}
	n.prev, n.next, n.in = nil, nil, nil
	q.size--
}

// pop removes and returns the tail, or returns nil if q is empty.
func (q *queue[E]) pop() *node[E] {
	n := q.tail
	if n != nil {
		q.remove(n)
	}
	return n
}

// touch moves n, which must be in q, to the head.
func (q *queue[E]) touch(n *node[E]) {
	if q.head != n {
		q.remove(n)
		q.push(n)
	}
}
