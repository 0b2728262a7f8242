package memory

import "slices"

// deadlines finds entries whose deadline has passed. It is a tree over the slots of a shard, in order of their numbers. A
// node covers fanOut nodes of the level below, and on the lowest level fanOut slots. It has the earliest deadline below it.
// On the lowest level, that may be the deadline of an entry that has left, or has a later deadline now. So an entry that
// enters costs one comparison if its deadline is not the earliest around, an entry that leaves costs nothing, and a node
// needs no memory per entry worth mentioning. A search corrects the node of the lowest level that it comes to. Each write
// makes at most one of them too early, so the searches take O(log n) per write.
type deadlines struct {
	earliest int64     // of all, or an earlier one; never if there is none
	levels   [][]int64 // the lowest first; the highest has one node
}

const (
	fanShift = 6
	fanOut   = 1 << fanShift
)

// reset makes d empty.
func (d *deadlines) reset() { *d = deadlines{earliest: never} }

// add notes the deadline of the entry in a slot.
func (d *deadlines) add(slot uint32, deadline int64) {
	if deadline == never {
		return
	}
	if deadline < d.earliest { // seldom; a write that changes nothing would take the cache line from other processors as well
		d.earliest = deadline
	}
	at := int(slot)
	for level := 0; ; level++ {
		at >>= fanShift
		d.cover(level, at)
		if d.levels[level][at] <= deadline {
			return
		}
		d.levels[level][at] = deadline
		if level == len(d.levels)-1 && at == 0 && len(d.levels[level]) == 1 {
			return
		}
	}
}

// cover makes sure that a node exists.
func (d *deadlines) cover(level, at int) {
	if level == len(d.levels) {
		d.levels = append(d.levels, nil)
		if level > 0 { // the first node of the new level; the level below may have more than its children already
			below := d.levels[level-1]
			d.levels[level] = append(d.levels[level], least(below[:min(fanOut, len(below))]))
		}
	}
	for len(d.levels[level]) <= at {
		d.levels[level] = append(d.levels[level], never)
	}
}

// block returns a node of the lowest level whose deadline is not after now. The first of its slots is block*fanOut. It
// reports false if no node has such a deadline.
func (d *deadlines) block(now int64) (block int, found bool) {
	if d.earliest > now {
		return 0, false
	}
	for level, nodes := range slices.Backward(d.levels) {
		first := block << fanShift
		if level == len(d.levels)-1 {
			first = 0
		}
		block = -1
		for at := first; at < min(first+fanOut, len(nodes)); at++ {
			if nodes[at] <= now {
				block = at
				break
			}
		}
		if block < 0 {
			return 0, false
		}
	}
	return block, true
}

// correct writes the earliest deadline of the slots of a block, and corrects the nodes above.
func (d *deadlines) correct(block int, earliest int64) {
	for level := range d.levels {
		d.levels[level][block] = earliest
		if level == len(d.levels)-1 {
			break
		}
		block >>= fanShift
		first := block << fanShift
		earliest = least(d.levels[level][first:min(first+fanOut, len(d.levels[level]))])
	}
	d.earliest = least(d.levels[len(d.levels)-1])
}

func least(deadlines []int64) int64 {
	earliest := int64(never)
	for _, deadline := range deadlines {
		earliest = min(earliest, deadline)
	}
	return earliest
}
