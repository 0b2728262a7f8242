package memory

import (
	"errors"
	"fmt"
	"iter"
	"math/bits"
	"slices"
)

// Shards returns how many shards c has.
func (c *Cache[K, V]) Shards() int { return len(c.shards) }

// CheckInvariants returns what is wrong with the structure of c, or nil.
func (c *Cache[K, V]) CheckInvariants() error {
	var errs []error
	if bits.OnesCount(uint(len(c.shards))) != 1 {
		errs = append(errs, fmt.Errorf("%d shards, which is not a power of two", len(c.shards)))
	}
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		errs = append(errs, s.checkSlots(), s.checkTable(), s.checkFree(), s.checkOrder(), s.checkDeadlines())
		s.mu.Unlock()
	}
	errs = append(errs, c.checkBudget())
	if cv := c.curve.Load(); cv != nil {
		for _, m := range cv.miniatures {
			errs = append(errs, m.(*hashes).cache.CheckInvariants())
		}
	}
	return errors.Join(errs...)
}

func (s *shard[K, V]) checkSlots() error {
	values, negatives, entries, cost, negativeCost := 0, 0, 0, int64(0), int64(0)
	for i := range s.entries() {
		sl := s.slots.at(i)
		entries++
		if shard, _ := s.cache.place(sl.key); shard != s {
			return errors.New("an entry is in a shard that is not its own")
		}
		if now := s.now(); unpack(sl.word, ticks(now)) > ticks(s.slots.expires(i, now)) && !sl.lasts() {
			return errors.New("an entry outlives its value")
		}
		if node := s.negatives.at.Get(i); sl.absent() != (node != 0) || node != 0 && s.negatives.nodes.at(node).key != i {
			return errors.New("a negative entry is not in its place")
		}
		if sl.absent() {
			negatives++
			negativeCost += s.slots.cost(i)
		} else {
			values++
		}
		cost += s.slots.cost(i)
	}
	switch {
	case entries != s.slots.used || s.room > 0 && entries > s.room:
		return fmt.Errorf("%d entries are counted as %d, in a shard with room for %d", entries, s.slots.used, s.room)
	case negativeCost != s.negatives.cost:
		return fmt.Errorf("negative entries that cost %d are counted as %d", negativeCost, s.negatives.cost)
	case cost != s.cost.Load():
		return fmt.Errorf("entries that cost %d are counted as %d", cost, s.cost.Load())
	case values != s.values:
		return fmt.Errorf("%d values are counted as %d", values, s.values)
	case negatives != s.negatives.len() || negatives != len(s.negatives.order.members()) || negatives != s.negatives.at.Len() || negatives > s.negativeRoom:
		return fmt.Errorf("%d negative entries are counted as %d, in a shard with room for %d", negatives, s.negatives.len(), s.negativeRoom)
	case s.effort.most > portion || s.effort.looked > 0:
		return fmt.Errorf("a section under the lock has looked at %d entries, and left the count at %d", s.effort.most, s.effort.looked)
	case len(s.departed) > 0:
		return errors.New("departures were left in an unlocked shard")
	case s.slots.sparse() && s.slots.used == 0 && s.slots.end > 2*uint32(s.slots.chunkSize()) && len(s.scans) == 0:
		return errors.New("an empty slab keeps its chunks")
	}
	return nil
}

// entries yields the slots with an entry.
func (s *shard[K, V]) entries() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for i := uint32(1); i < s.slots.end; i++ {
			if s.slots.at(i).word != 0 && !yield(i) {
				return
			}
		}
	}
}

// checkTable checks that every entry is found by its key, and nothing else is in the table.
func (s *shard[K, V]) checkTable() error {
	for i := range s.entries() {
		_, hash := s.cache.place(s.slots.at(i).key)
		if _, found := s.lookup(s.slots.at(i).key, hash); found != i {
			return errors.New("a key leads to another slot than its own")
		}
	}
	tags := 0
	for _, groups := range [][]group{s.table.groups, s.table.old} {
		for g := range groups {
			for place := range perGroup {
				if groups[g].tag(place) != 0 {
					tags++
				}
			}
		}
	}
	if tags != s.slots.used || s.table.used != s.slots.used {
		return fmt.Errorf("%d entries are in a table that has %d tags and counts %d", s.slots.used, tags, s.table.used)
	}
	if s.table.old == nil && s.slots.used == 0 {
		for g := range s.table.groups {
			if s.table.groups[g].passed != 0 && s.table.moved == 0 {
				return errors.New("keys that have left are counted as passing")
			}
		}
	}
	return nil
}

// checkFree checks the list of free slots.
func (s *shard[K, V]) checkFree() error {
	free, before := 0, uint32(0)
	for i := s.slots.free; i != 0; i = s.slots.at(i).newer {
		sl := s.slots.at(i)
		if sl.word != 0 || sl.older != before && before != 0 {
			return errors.New("the list of free slots is broken")
		}
		free, before = free+1, i
	}
	if free+s.slots.used+1 != int(s.slots.end) {
		return fmt.Errorf("%d free slots and %d entries in %d slots", free, s.slots.used, s.slots.end)
	}
	return nil
}

func (s *shard[K, V]) checkOrder() error {
	var inOrder []uint32
	switch o := s.order.(type) {
	case *lru[K, V]:
		inOrder = o.list.members()
	case fifo[K, V]:
		inOrder = o.list.members()
	case mru[K, V]:
		inOrder = o.list.members()
	case *lfu[K, V]:
		inOrder = o.list.members()
		if err := o.check(inOrder); err != nil {
			return err
		}
	case *random[K, V]:
		for place := range o.entries.n {
			i := *o.entries.at(place)
			if s.slots.at(i).older != uint32(place) {
				return errors.New("an entry is not in its place")
			}
			inOrder = append(inOrder, i)
		}
	case *adaptive[K, V]:
		small, main := o.small.members(), o.main.members()
		for _, i := range small {
			if s.slots.at(i).word&inMain != 0 {
				return errors.New("an entry of small is marked as one of main")
			}
		}
		for _, i := range main {
			if s.slots.at(i).word&inMain == 0 {
				return errors.New("an entry of main is marked as one of small")
			}
		}
		if o.share < leastShare || o.share > mostShare {
			return fmt.Errorf("the share of small is %v", o.share)
		}
		inOrder = slices.Concat(small, main)
	default:
		return nil
	}
	seen := make(map[uint32]bool)
	for _, i := range inOrder {
		if s.slots.at(i).word == 0 || seen[i] {
			return errors.New("a slot in the order has no entry, or is in the order twice")
		}
		seen[i] = true
	}
	if len(seen) != s.slots.used {
		return fmt.Errorf("%d entries, %d of them in the order", s.slots.used, len(seen))
	}
	return nil
}

// members returns the slots in q, or nil if it is broken.
func (q *queue[K, V]) members() []uint32 {
	var members []uint32
	before := uint32(0)
	for i := q.oldest; i != 0; i = q.slots.at(i).newer {
		if q.slots.at(i).older != before {
			return nil
		}
		members, before = append(members, i), i
	}
	if q.newest != before || len(members) != q.n {
		return nil
	}
	return members
}

func (l *lfu[K, V]) check(members []uint32) error {
	count, uses := 0, uint64(0)
	for at, i := range members {
		g := l.groups[l.place(i)]
		if at == 0 || l.place(members[at-1]) != l.place(i) {
			if g.uses <= uses {
				return errors.New("the groups are not in order")
			}
			count, uses = count+1, g.uses
		}
		if ends := at == len(members)-1 || l.place(members[at+1]) != l.place(i); ends != (g.last == i) {
			return errors.New("a group does not know its last entry")
		}
	}
	if len(l.groups) != 1+count+len(l.unused) {
		return fmt.Errorf("%d groups of entries, %d unused, of %d", count, len(l.unused), len(l.groups))
	}
	return nil
}

// checkDeadlines checks that no node of the tree is later than a deadline below it.
func (s *shard[K, V]) checkDeadlines() error {
	for i := range s.entries() {
		deadline, at := unpack(s.slots.at(i).word, ticks(s.now())), int(i)
		if deadline == never {
			continue
		}
		for _, nodes := range s.deadlines.levels {
			if at >>= fanShift; nodes[at] > deadline {
				return errors.New("the tree of deadlines is broken")
			}
		}
		if s.deadlines.earliest > deadline {
			return errors.New("the earliest deadline is too late")
		}
	}
	return s.deadlines.check()
}

// check reports nodes that have another deadline than the earliest of their children: a search would end there.
func (d *deadlines) check() error {
	for level := 1; level < len(d.levels); level++ {
		below := d.levels[level-1]
		for at, deadline := range d.levels[level] {
			if first := at << fanShift; first < len(below) && deadline != least(below[first:min(first+fanOut, len(below))]) {
				return fmt.Errorf("node %d of level %d of the deadlines is not the earliest of its children", at, level)
			}
		}
	}
	return nil
}

// Kept returns how many entries and leases c keeps, expired ones included.
func (c *Cache[K, V]) Kept() (entries, leases int) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		entries += s.slots.used
		leases += s.leases.Len()
		s.mu.Unlock()
	}
	return entries, leases
}

// Entries returns the keys of all entries that have not expired, negative ones included.
func (c *Cache[K, V]) Entries() []K {
	var keys []K
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		for i := range s.entries() {
			if sl := s.slots.at(i); !sl.gone(s.now()) {
				keys = append(keys, sl.key)
			}
		}
		s.mu.Unlock()
	}
	return keys
}

// SetPick makes an empty cache with the policy RR ask pick, instead of chance.
func (c *Cache[K, V]) SetPick(pick func(n int) int) {
	c.pick = pick
	for i := range c.shards {
		c.shards[i].reset()
	}
}
