package memory

// queue is a list of slots, linked by their fields older and newer.
type queue[K comparable, V any] struct {
	slots          *slab[K, V]
	oldest, newest uint32 // 0 if the list is empty
	n              int
}

// push adds i, which is in no list, as the newest.
func (q *queue[K, V]) push(i uint32) {
	sl := q.slots.at(i)
	sl.older, sl.newer = q.newest, 0
	q.join(i)
	q.n++
}

// insert adds i, which is in no list, behind another slot of the list. Behind 0, it is the oldest.
func (q *queue[K, V]) insert(i, behind uint32) {
	sl := q.slots.at(i)
	sl.older, sl.newer = behind, q.oldest
	if behind != 0 {
		sl.newer = q.slots.at(behind).newer
	}
	q.join(i)
	q.n++
}

// remove takes i out of the list.
func (q *queue[K, V]) remove(i uint32) {
	sl := q.slots.at(i)
	if sl.older == 0 {
		q.oldest = sl.newer
	} else {
		q.slots.at(sl.older).newer = sl.newer
	}
	if sl.newer == 0 {
		q.newest = sl.older
	} else {
		q.slots.at(sl.newer).older = sl.older
	}
	q.n--
}

// renew makes i, which is in the list, the newest.
func (q *queue[K, V]) renew(i uint32) {
	if q.newest != i {
		q.remove(i)
		q.push(i)
	}
}

// join makes the neighbours of i, or the ends of the list, point to i. They pointed to another slot before: i is new, or
// has moved there.
func (q *queue[K, V]) join(i uint32) {
	sl := q.slots.at(i)
	if sl.older == 0 {
		q.oldest = i
	} else {
		q.slots.at(sl.older).newer = i
	}
	if sl.newer == 0 {
		q.newest = i
	} else {
		q.slots.at(sl.newer).older = i
	}
}
