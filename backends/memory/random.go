package memory

// random is the order of [RR]. It keeps no order: the entries are in a list, and the field older of a slot is the index.
type random[K comparable, V any] struct {
	plain
	slots   *slab[K, V]
	entries numbers
	pick    func(n int) int // returns a random number from 0 to n-1
}

func (r *random[K, V]) added(i uint32, _ uint64) {
	r.slots.at(i).older = uint32(r.entries.n)
	r.entries.push(i)
}

func (r *random[K, V]) used(uint32)      {}
func (r *random[K, V]) rewritten(uint32) {}

// removed moves the last entry to the place of i.
func (r *random[K, V]) removed(i uint32) {
	place, last := r.slots.at(i).older, r.entries.pop()
	if last == i {
		return
	}
	*r.entries.at(int(place)) = last
	r.slots.at(last).older = place
}

func (r *random[K, V]) moved(_, to uint32) { *r.entries.at(int(r.slots.at(to).older)) = to }

func (r *random[K, V]) victim() uint32 {
	if r.entries.n == 0 {
		return 0
	}
	return *r.entries.at(r.pick(r.entries.n))
}

// numbers is a list of numbers in chunks. It grows and shrinks by chunks, so it never copies more than one.
type numbers struct {
	chunks [][]uint32
	n      int
}

const mostNumbers = 512 // in a chunk

func (l *numbers) at(i int) *uint32 { return &l.chunks[i/mostNumbers][i%mostNumbers] }

func (l *numbers) push(number uint32) {
	if l.n/mostNumbers == len(l.chunks) {
		l.chunks = append(l.chunks, nil)
	}
	c := &l.chunks[l.n/mostNumbers]
	*c = append((*c)[:l.n%mostNumbers], number)
	l.n++
}

// pop removes the last number. One chunk more than needed stays, for the next number.
func (l *numbers) pop() uint32 {
	l.n--
	last := *l.at(l.n)
	if keep := l.n/mostNumbers + 2; keep < len(l.chunks) {
		clear(l.chunks[keep:])
		l.chunks = l.chunks[:keep]
	}
	return last
}
