package memory

import (
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// slab has the slots of a shard, in chunks. It grows by chunks, so it never copies more than one. Slot 0 is not used: as a
// number, 0 means no slot. The memory of a slab is in proportion to the number of entries: see shrink.
type slab[K comparable, V any] struct {
	chunks  []chunk[K, V]
	most    int    // the largest number of slots that are needed, with slot 0; 0 if that is not known
	costs   bool   // entries have a cost
	grouped bool   // entries have a group, see lfu
	end     uint32 // slots from here on were never used; at least 1
	free    uint32 // the first of the free slots before end, a list by newer and older; 0 if there is none
	used    int    // the number of entries
}

// bound notes that there will be at most room entries from now on, or after a few removals. 0 means that this is not known.
func (s *slab[K, V]) bound(room int) {
	s.most = 0
	if room > 0 {
		s.most = room + 1
	}
}

// take returns a free slot. Its word is 0, so the caller must set it.
func (s *slab[K, V]) take() uint32 {
	s.used++
	if i := s.free; i != 0 {
		s.unfree(i)
		return i
	}
	i := s.end
	s.end++
	s.extend(i)
	return i
}

// extend makes sure that slot i exists. All slots before it exist.
func (s *slab[K, V]) extend(i uint32) {
	number, place, chunkSize := int(i>>s.shift()), int(s.placeOf(i)), s.chunkSize()
	if number == len(s.chunks) {
		if s.pairs(number) {
			s.extendByTwo()
			return
		}
		s.chunks = append(s.chunks, chunk[K, V]{})
	}
	c := &s.chunks[number]
	if place < len(c.slots) {
		return
	}
	size := max(leastChunk, 2*place)
	if s.most > 0 {
		if number > 0 {
			size = chunkSize
		}
		size = min(size, s.most-number*chunkSize)
	}
	s.resize(c, min(max(size, place+1), chunkSize))
}

// pairs reports whether this chunk and the next one are made at once. Both will be needed, or there are many chunks.
func (s *slab[K, V]) pairs(number int) bool {
	switch {
	case number%2 == 0 || s.shift() < mostShift:
		return false
	case s.most == 0:
		return number >= manyChunks
	default:
		return s.most >= (number+2)*s.chunkSize()
	}
}

// extendByTwo adds two full chunks, in one piece of memory. Its size is a whole number of pages, whatever a slot takes. A single
// chunk may be half a page less, and then takes up to an eighth more.
func (s *slab[K, V]) extendByTwo() {
	chunkSize := s.chunkSize()
	slots := make([]slot[K, V], 2*chunkSize)
	for _, half := range [][]slot[K, V]{slots[:chunkSize:chunkSize], slots[chunkSize:]} {
		s.chunks = append(s.chunks, chunk[K, V]{})
		s.refit(&s.chunks[len(s.chunks)-1], half)
	}
}

// resize gives c room for size slots.
func (s *slab[K, V]) resize(c *chunk[K, V], size int) { s.refit(c, resized(c.slots, size)) }

// refit replaces the slots of c. What else it has by slot gets the same size.
func (s *slab[K, V]) refit(c *chunk[K, V], slots []slot[K, V]) {
	c.slots = slots
	if c.extras != nil {
		c.extras = resized(c.extras, len(slots))
	}
	if s.costs {
		c.costs = resized(c.costs, len(slots))
	}
	if s.grouped {
		c.groups = resized(c.groups, len(slots))
	}
}

// put frees slot i.
func (s *slab[K, V]) put(i uint32) {
	s.used--
	*s.at(i) = slot[K, V]{newer: s.free}
	if s.costs {
		s.setCost(i, 0)
	}
	if s.free != 0 {
		s.at(s.free).older = i
	}
	s.free = i
}

// unfree takes i out of the list of free slots.
func (s *slab[K, V]) unfree(i uint32) {
	sl := s.at(i)
	if sl.newer != 0 {
		s.at(sl.newer).older = sl.older
	}
	if sl.older == 0 {
		s.free = sl.newer
	} else {
		s.at(sl.older).newer = sl.newer
	}
	sl.older, sl.newer = 0, 0
}

// sparse reports whether so many slots are free that the slab should shrink: an eighth of those that are used, and some more, so
// that entries which come and go do not make it shrink and grow.
func (s *slab[K, V]) sparse() bool { return int(s.end) > s.used+s.used/8+s.chunkSize()/16+1 }

// shrink gives up the last slot. If it has an entry, the entry moves to a free slot, and shrink returns both numbers.
// Otherwise it returns zeros. The slab must be sparse.
func (s *slab[K, V]) shrink() (from, to uint32) {
	last := s.end - 1
	if s.at(last).word == 0 {
		s.unfree(last)
	} else {
		from, to = last, s.free
		s.unfree(to)
		moved, old := s.at(to), s.at(from)
		moved.word, moved.older, moved.newer, moved.key, moved.value = old.word, old.older, old.newer, old.key, old.value
		if s.at(to).word&extraBit != 0 {
			s.setExtra(to, s.extra(from))
		}
		if s.costs {
			s.setCost(to, s.cost(from))
			s.setCost(from, 0)
		}
		if s.grouped {
			*s.group(to) = *s.group(from)
		}
		*s.at(from) = slot[K, V]{}
	}
	s.end = last
	s.trim()
	return from, to
}

// trim gives up the chunks from end on, and half of the last one if it does not need that.
func (s *slab[K, V]) trim() {
	count := int(s.end-1)>>s.shift() + 1
	if count < len(s.chunks) {
		clear(s.chunks[count:])
		s.chunks = s.chunks[:count]
	}
	c := s.chunkOf(s.end - 1)
	if needed := int(s.placeOf(s.end-1)) + 1; len(c.slots) >= 2*max(needed, leastChunk) {
		s.resize(c, len(c.slots)/2)
	}
}

// first returns the first slot with an entry. There must be one.
func (s *slab[K, V]) first() uint32 {
	i := uint32(1)
	for s.at(i).word == 0 {
		i++
	}
	return i
}

func (s *slab[K, V]) cost(i uint32) int64 {
	if !s.costs {
		return 0
	}
	return s.chunkOf(i).costs[s.placeOf(i)]
}

func (s *slab[K, V]) setCost(i uint32, cost int64) { s.chunkOf(i).costs[s.placeOf(i)] = cost }

func (s *slab[K, V]) group(i uint32) *uint32 { return &s.chunkOf(i).groups[s.placeOf(i)] }

func (s *slab[K, V]) extra(i uint32) extra { return s.chunkOf(i).extras[s.placeOf(i)] }

func (s *slab[K, V]) setExtra(i uint32, x extra) {
	c := s.chunkOf(i)
	if c.extras == nil {
		c.extras = make([]extra, len(c.slots))
	}
	c.extras[s.placeOf(i)] = x
}

// expires returns when the value in slot i expires, since the birth of the cache.
func (s *slab[K, V]) expires(i uint32, now time.Duration) time.Duration {
	switch sl := s.at(i); {
	case sl.load()&extraBit != 0:
		return s.extra(i).expires
	case sl.lasts():
		return ctxcache.NoExpiry
	default:
		return time.Duration(unpack(sl.load(), ticks(now))) * tick
	}
}

// describe writes the entry that readers get to e, which must be zero. It does not return the entry because an entry is
// large.
func (s *slab[K, V]) describe(i uint32, e *ctxcache.Entry[V], now time.Duration) {
	sl := s.at(i)
	word := sl.load()
	e.Value = sl.value
	e.Absent = word&absentBit != 0
	e.TTL = remaining(s.expires(i, now), now)
	if word&extraBit == 0 {
		return
	}
	x := s.extra(i)
	if x.staleFor != 0 {
		e.SetStaleWindow(x.staleFor)
	}
	if x.leaves < ticks(x.expires) {
		e.CopyTTL = max(time.Duration(x.leaves)*tick-now, time.Millisecond)
	}
	if x.written != 0 {
		e.Written = time.Unix(0, x.written)
	}
}
