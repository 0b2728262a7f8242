package footprint

import (
	"math"
	"sync"
	"unsafe"
)

const (
	sampleMax = 1_000   // how many elements of one container are looked at
	thinFrom  = 10_000  // how many elements of all containers, one within the other, are looked at
	stepsMax  = 100_000 // how many values a walk looks at
	keptMax   = 1_000   // how large a walk may be that is used again
	fewMax    = 8       // up to how many objects a list finds one faster than a map
)

// A walk follows everything that a value leads to.
type walk struct {
	bytes float64
	steps int
	open  []object // objects whose bytes count already, and whose values are still to be looked at
	few   [fewMax]identity
	seen  int // how many of few are in use
	more  map[identity]struct{}
}

// An object is an array of values in one piece of memory, or a map.
type object struct {
	at     unsafe.Pointer
	length int    // how many values
	elem   *plan  // of a value
	table  *table // of a map
	weight float64
	budget int // how many of its elements may be looked at
}

// An identity is an object without its length. The same address may belong to a struct and to its first field.
type identity struct {
	at unsafe.Pointer
	of *plan
}

var walks = sync.Pool{New: func() any { return &walk{more: make(map[identity]struct{})} }}

// walk returns the bytes behind the value at v.
func (p *plan) walk(v unsafe.Pointer) int64 {
	w := walks.Get().(*walk)
	w.values(v, p, 1, thinFrom)
	for len(w.open) > 0 && w.steps < stepsMax {
		last := len(w.open) - 1
		next := w.open[last]
		w.open[last] = object{} // a pooled walk must not keep values in memory
		w.open = w.open[:last]
		if next.table != nil {
			w.entries(next)
		} else {
			w.elements(next)
		}
	}
	bytes := int64(math.Round(w.bytes))
	w.reset()
	return bytes
}

// reset makes w available for another value, unless it has grown large.
func (w *walk) reset() {
	if cap(w.open) > keptMax || len(w.more) > keptMax {
		return
	}
	clear(w.open)
	clear(w.more)
	*w = walk{open: w.open[:0], more: w.more}
	walks.Put(w)
}

// values counts the bytes behind the value at v, and opens objects that lead further.
func (w *walk) values(v unsafe.Pointer, p *plan, weight float64, budget int) {
	w.steps++
	for i := range p.parts {
		part := &p.parts[i]
		at := unsafe.Add(v, part.offset)
		switch part.kind {
		case text:
			w.bytes += weight * float64(allocated(uintptr(len(*(*string)(at))), false))
		case list:
			s := *(*[]byte)(at) // only the length and capacity of bytes are right, and they count elements
			w.object(object{unsafe.Pointer(unsafe.SliceData(s)), len(s), part.elem, nil, weight, budget}, cap(s))
		case pointer:
			if target := *(*unsafe.Pointer)(at); target != nil {
				w.object(object{target, 1, part.elem, nil, weight, budget}, 1)
			}
		case empty:
			w.dynamic(*(*any)(at), at, weight, budget)
		case withMethod: // all interfaces with methods have one layout
			w.dynamic(any(*(*interface{ M() })(at)), at, weight, budget)
		case hashed:
			if m := *(*unsafe.Pointer)(at); m != nil {
				w.mapped(object{m, 0, part.table.elem, part.table, weight, budget})
			}
		case array:
			w.elements(object{at, part.length, part.elem, nil, weight, budget})
		}
	}
}

// object counts the bytes of o, which has room for capacity values, and opens it if its values lead further.
func (w *walk) object(o object, capacity int) {
	if capacity == 0 || o.elem.size == 0 || !w.first(o) {
		return
	}
	w.bytes += o.weight * float64(elements(o.elem, capacity))
	switch {
	case len(o.elem.parts) == 0 || o.length == 0:
	case o.elem.flat:
		w.elements(o)
	default: // it may lead to any number of objects, so this must not be a recursion
		w.open = append(w.open, o)
	}
}

// elements looks at the values of o, or at some of them that stand for all.
func (w *walk) elements(o object) {
	n := min(o.length, sampleMax, o.budget)
	weight := o.weight * float64(o.length) / float64(n)
	budget := max(1, o.budget/n)
	for i := range n {
		w.values(unsafe.Add(o.at, uintptr(sampled(i, n, o.length))*o.elem.size), o.elem, weight, budget)
	}
}

// sampled returns the index of sample i of n, from 0 to length-1: one from each of n equal parts, but not at equal
// distances, because values may alternate.
func sampled(i, n, length int) int {
	from, to := position(i, n, length), position(i+1, n, length)
	scattered := uint32(i) * 0x9E3779B1 // the golden ratio: Knuth's multiplicative hash
	return from + int(scattered>>8)%(to-from)
}

func position(i, n, length int) int {
	return int(uint64(i) * uint64(length) / uint64(n))
}

// first reports whether the walk meets o for the first time.
func (w *walk) first(o object) bool {
	id := identity{o.at, o.elem}
	for i := range w.seen {
		if w.few[i] == id {
			return false
		}
	}
	if w.seen < fewMax {
		w.few[w.seen] = id
		w.seen++
		return true
	}
	if _, again := w.more[id]; again {
		return false
	}
	w.more[id] = struct{}{}
	return true
}
