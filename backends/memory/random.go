package memory

// random is the order of [RR]. It keeps no order: the entries are in a slice, and the field older of a slot is the index.
type random[K comparable, V any] struct {
	plain
	slots   *slab[K, V]
	entries []uint32
	pick    func(n int) int // returns a random number from 0 to n-1
}

func (r *random[K, V]) added(i uint32, _ uint64) {
	r.slots.at(i).older = uint32(len(r.entries))
	r.entries = append(r.entries, i)
}

func (r *random[K, V]) used(uint32)      {}
func (r *random[K, V]) rewritten(uint32) {}

// removed moves the last entry to the place of i.
func (r *random[K, V]) removed(i uint32) {
	place := r.slots.at(i).older
	last := r.entries[len(r.entries)-1]
	r.entries[place] = last
	r.slots.at(last).older = place
	r.entries = r.entries[:len(r.entries)-1]
}

func (r *random[K, V]) moved(_, to uint32) { r.entries[r.slots.at(to).older] = to }

func (r *random[K, V]) victim() uint32 {
	if len(r.entries) == 0 {
		return 0
	}
	return r.entries[r.pick(len(r.entries))]
}
