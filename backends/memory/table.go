package memory

import "math/bits"

// table finds the slots of keys. It is a hash table with open addressing. A group of it is a cache line: for each of 12
// slots a tag, which is a byte of the hash of its key, and the number of the slot. A key is in the group that its hash
// chooses, its home, or in one of the groups that follow, if the home was full. Each group counts the keys that have
// passed it, so a search ends where no key has passed, and a removal leaves nothing behind ("F14", Facebook, 2019).
//
// A table grows and shrinks by a few groups per write: see advance.
type table struct {
	used   int // the number of slots, in groups and old
	groups []group
	old    []group // groups whose slots are moved to groups; nil if there are none
	moved  int     // the groups of old before this one are empty
	limit  int     // the largest number of groups that the table needs; 0 if that is not known
}

// group is a part of a table, of 64 bytes.
type group struct {
	low    uint64 // the tags of the first eight slots; 0 means that there is no slot
	high   uint32 // the tags of the other slots
	passed uint32 // how many slots are in later groups, although they or their home came by here
	slots  [perGroup]uint32
}

const (
	perGroup  = 12
	fillGroup = 10 // slots per group, on average, above which the table grows

	// The lowest bits of what place returns as a hash are the same for all keys of a shard.
	tagShift   = 16
	printShift = tagShift + 8

	everyByte = 0x0101010101010101
	topBits   = 0x8080808080808080
	lowHalf   = 1<<32 - 1
)

// reset makes t empty. It will have at most room slots, if room is not 0.
func (t *table) reset(room int) {
	*t = table{groups: make([]group, 1)}
	t.bound(room)
}

// bound notes that t will have at most room slots from now on, or after a few removals. 0 means that this is not known.
func (t *table) bound(room int) {
	t.limit = 0
	if room > 0 {
		t.limit = (room-1)/fillGroup + 1
	}
}

// tag returns the tag of a hash, which is not 0.
func tag(hash uint64) uint64 { return max(hash>>tagShift&0xff, 1) }

// home returns the home of a hash among n groups. It uses the upper bits of the hash.
func home(hash uint64, n int) int {
	at, _ := bits.Mul64(hash, uint64(n))
	return int(at)
}

// zeros returns a number with the top bit of each byte of word that is 0. It may have the top bit of a byte above such a
// byte, too.
func zeros(word uint64) uint64 { return (word - everyByte) &^ word & topBits }

// like returns the places in g of slots with a tag, and with tag 0 the places without a slot. The first of them has the tag. A few
// of the others may have another one: see zeros.
func (g *group) like(tag uint64) places {
	tags := tag * everyByte
	return places(zeros(g.low^tags)>>7 | zeros(uint64(g.high)^tags)&lowHalf>>6)
}

// places is a set of places in a group. Byte i has place i in its lowest bit, and place i+8 in the next.
type places uint64

// first returns a place of p, which is not empty.
func (p places) first() int {
	bit := bits.TrailingZeros64(uint64(p))
	return bit/8 + bit%8*8
}

// rest returns the places of p without first.
func (p places) rest() places { return p & (p - 1) }

// vacant returns a place without a slot, or perGroup.
func (g *group) vacant() int {
	if free := g.like(0); free != 0 {
		return free.first()
	}
	return perGroup
}

// put writes a tag and a slot into a place.
func (g *group) put(place int, tag uint64, slot uint32) {
	if place < 8 {
		g.low = g.low&^(0xff<<(8*place)) | tag<<(8*place)
	} else {
		g.high = g.high&^(0xff<<(8*(place-8))) | uint32(tag)<<(8*(place-8))
	}
	g.slots[place] = slot
}

// tag returns the tag in a place.
func (g *group) tag(place int) uint64 {
	if place < 8 {
		return g.low >> (8 * place) & 0xff
	}
	return uint64(g.high) >> (8 * (place - 8)) & 0xff
}

// find returns the place of a slot in g, or perGroup.
func (g *group) find(tag uint64, slot uint32) int {
	for like := g.like(tag); like != 0; like = like.rest() {
		if place := like.first(); g.slots[place] == slot {
			return place
		}
	}
	return perGroup
}

// add adds a slot, whose key has this hash and is not in t.
func (t *table) add(hash uint64, slot uint32) {
	t.used++
	t.insert(hash, slot)
}

func (t *table) insert(hash uint64, slot uint32) {
	at := home(hash, len(t.groups))
	for {
		g := &t.groups[at]
		if place := g.vacant(); place < perGroup {
			g.put(place, tag(hash), slot)
			return
		}
		g.passed++
		at = follow(at, len(t.groups))
	}
}

// follow returns the group after at, of n.
func follow(at, n int) int {
	if at++; at == n {
		return 0
	}
	return at
}

// remove removes a slot, whose key has this hash.
func (t *table) remove(hash uint64, slot uint32) {
	t.used--
	if !erase(t.groups, hash, slot, true) {
		erase(t.old, hash, slot, false)
	}
}

// erase removes a slot from groups, and reports whether it was there. If counted, the groups that it had passed forget it.
func erase(groups []group, hash uint64, slot uint32, counted bool) bool {
	at, place, found := seek(groups, hash, slot)
	if !found {
		return false
	}
	groups[at].put(place, 0, 0)
	for p := home(hash, len(groups)); counted && p != at; p = follow(p, len(groups)) {
		groups[p].passed--
	}
	return true
}

// replace writes another number for a slot, whose key has this hash.
func (t *table) replace(hash uint64, from, to uint32) {
	for _, groups := range [][]group{t.groups, t.old} {
		if at, place, found := seek(groups, hash, from); found {
			groups[at].slots[place] = to
			return
		}
	}
}

// seek returns the group that has a slot, and its place there. It reports false if no group has it.
func seek(groups []group, hash uint64, slot uint32) (at, place int, found bool) {
	if len(groups) == 0 {
		return 0, 0, false
	}
	first := home(hash, len(groups))
	for at = first; ; {
		g := &groups[at]
		if place = g.find(tag(hash), slot); place < perGroup {
			return at, place, true
		}
		if at = follow(at, len(groups)); at == first || g.passed == 0 {
			return 0, 0, false
		}
	}
}

// groupsPerWrite is how many old groups one write moves. A table with n groups gets at least fillGroup*n/4 more slots before it
// is full again, and has at most 2*n old groups to move until then.
const groupsPerWrite = 1

// settled reports whether advance has nothing to do.
func (t *table) settled() bool { return t.old == nil && t.size() == len(t.groups) }

// advance makes room for one more slot. Every write that adds or removes a slot calls it. Hash returns the hash of the key
// in a slot. It returns how many slots it has moved.
func (t *table) advance(hash func(slot uint32) uint64) (moved int) {
	if t.old == nil {
		size := t.size()
		if size == len(t.groups) {
			return 0
		}
		t.old, t.moved, t.groups = t.groups, 0, make([]group, size)
	}
	for range groupsPerWrite {
		if t.moved == len(t.old) {
			t.old, t.moved = nil, 0
			return moved
		}
		g := &t.old[t.moved]
		for place, slot := range g.slots {
			if g.tag(place) != 0 {
				g.put(place, 0, 0)
				t.insert(hash(slot), slot)
				moved++
			}
		}
		t.moved++
	}
	return moved
}

// size returns how many groups the table should have.
func (t *table) size() int {
	n := len(t.groups)
	switch {
	case t.used >= fillGroup*n && (t.limit == 0 || n < t.limit):
		if t.limit == 0 {
			return 2 * n
		}
		return min(2*n, t.limit)
	case n > 1 && t.used < fillGroup*n/4:
		return n / 2
	default:
		return n
	}
}
