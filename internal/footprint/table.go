package footprint

import (
	"math"
	"reflect"
	"sync"
	"unsafe"
)

// Maps of the runtime as of Go 1.26: internal/runtime/maps. A test compares them with the heap. Entries are in groups
// of 8 slots. Up to 8 entries are one group. More are in tables of 16 to 1,024 slots, which double when 7/8 of the
// slots are used. A table of 1,024 slots is split into two of that size.
const (
	groupSlots = 8
	tableSlots = 1024
	inlineMax  = 128 // larger keys and elements are objects of their own
)

type mapHeader struct {
	_ uint64
	_ uintptr
	_ unsafe.Pointer
	_ int
	_ [4]uint8
	_ uint64
}

type tableHeader struct {
	_ [3]uint16
	_ uint8
	_ int
	_ unsafe.Pointer
	_ uint64
}

// A table describes maps of one type.
type table struct {
	zero      any // a nil map
	key, elem *plan
	group     uintptr // bytes of a group
	cursors   sync.Pool
}

// table returns the description of maps of type t.
func (pl *planner) table(t reflect.Type) *table {
	tb := &table{
		zero: reflect.Zero(t).Interface(),
		key:  pl.refer(t.Key()),
		elem: pl.refer(t.Elem()),
	}
	keySize, keyAlign := slotSize(t.Key())
	elemSize, elemAlign := slotSize(t.Elem())
	slot := up(keySize, elemAlign) + elemSize
	if elemSize == 0 {
		slot++ // the compiler pads a struct that ends in nothing, so that no pointer to its last field leaves it
	}
	slot = up(slot, max(keyAlign, elemAlign))
	tb.group = 8 + groupSlots*slot // one word has a byte for each slot
	tb.cursors.New = func() any {
		return &cursor{key: reflect.New(t.Key()).Elem(), elem: reflect.New(t.Elem()).Elem()}
	}
	return tb
}

// slotSize returns the size and alignment that a key or element of type t has in a slot.
func slotSize(t reflect.Type) (size, align uintptr) {
	if t.Size() > inlineMax {
		return unsafe.Sizeof(uintptr(0)), unsafe.Alignof(uintptr(0))
	}
	return t.Size(), uintptr(t.Align())
}

// up returns n, rounded up to a multiple of align.
func up(n, align uintptr) uintptr { return (n + align - 1) / align * align }

// bytes estimates the bytes of a map of n entries, without the objects that keys and elements lead to.
func (tb *table) bytes(n int) float64 {
	sum := float64(allocated(unsafe.Sizeof(mapHeader{}), true))
	outside := int64(0)
	if tb.key.size > inlineMax {
		outside += allocated(tb.key.size, tb.key.pointers)
	}
	if tb.elem.size > inlineMax {
		outside += allocated(tb.elem.size, tb.elem.pointers)
	}
	sum += float64(n) * float64(outside)
	groups := func(slots int) float64 {
		pointers := tb.key.pointers || tb.elem.pointers || outside > 0
		return float64(allocated(uintptr(slots/groupSlots)*tb.group, pointers))
	}
	switch {
	case n == 0:
		return sum
	case n <= groupSlots:
		return sum + groups(groupSlots)
	}
	slots := 2 * groupSlots
	for slots < tableSlots && n > loaded(slots) {
		slots *= 2
	}
	each := groups(slots) + float64(allocated(unsafe.Sizeof(tableHeader{}), true)+int64(unsafe.Sizeof(uintptr(0))))
	return sum + each*tables(n)
}

// loaded returns how many entries a table of so many slots has at most.
func loaded(slots int) int { return slots / 8 * 7 }

// tables returns how many tables a map of n entries probably has. Their number doubles as the map grows, but not all of
// them at once: hashes spread entries unevenly over the tables, and each is split when it is full.
func tables(n int) float64 {
	count, full := 1, float64(loaded(tableSlots))
	for n > loaded(tableSlots)*count {
		count *= 2
	}
	if count == 1 {
		return 1
	}
	return float64(count)/2*(1+split(n, count/2, full)) + float64(count)*split(n, count, full)
}

// split returns the share of count tables that have been split because they had more than full of n entries.
func split(n, count int, full float64) float64 {
	if count == 1 {
		return 1
	}
	mean := float64(n) / float64(count)
	deviation := math.Sqrt(mean * (1 - 1/float64(count)))
	return math.Erfc((full-mean)/(deviation*math.Sqrt2)) / 2
}
