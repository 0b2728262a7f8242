package footprint

import (
	"reflect"
	"sync"
)

// A plan describes the values of one type. It is complete and constant when planOf returns it.
type plan struct {
	size     uintptr // of a value, in bytes
	pointers bool    // whether the garbage collector looks into a value
	flat     bool    // whether nothing behind a value has parts
	direct   bool    // whether an interface holds a value in place of a pointer to it
	parts    []part
}

// A part is a place within a value that leads to the heap.
type part struct {
	kind   kind
	offset uintptr
	elem   *plan  // of an element of a slice or array, or of a pointer's target
	length int    // of an array
	table  *table // of a map
}

type kind uint8

const (
	text       kind = iota
	list            // a slice
	pointer         //
	empty           // an interface without methods
	withMethod      // any other interface
	hashed          // a map
	array           // its elements are within the value
)

// unrolled is the number of parts up to which an array's parts become parts of the value that contains it.
const unrolled = 8

var (
	plans    sync.Map // from reflect.Type to *plan
	planning sync.Mutex
)

// planOf returns the plan of t.
func planOf(t reflect.Type) *plan {
	if known, ok := plans.Load(t); ok {
		return known.(*plan)
	}
	planning.Lock()
	defer planning.Unlock()
	pl := planner{made: make(map[reflect.Type]*plan)}
	result := pl.refer(t)
	for len(pl.open) > 0 {
		next := pl.open[len(pl.open)-1]
		pl.open = pl.open[:len(pl.open)-1]
		pl.complete(pl.made[next], next)
	}
	for _, p := range pl.made {
		p.flat = p.isFlat()
	}
	for t, p := range pl.made {
		plans.Store(t, p)
	}
	return result
}

// A planner makes the plans of a type and of all types that it leads to. The type may lead to itself, so plans are
// referred to before they are complete.
type planner struct {
	made map[reflect.Type]*plan
	open []reflect.Type // those not complete
}

// refer returns the plan of t, which may be completed later.
func (pl *planner) refer(t reflect.Type) *plan {
	if known, ok := plans.Load(t); ok {
		return known.(*plan)
	}
	p, ok := pl.made[t]
	if !ok {
		p = new(plan)
		pl.made[t] = p
		pl.open = append(pl.open, t)
	}
	return p
}

func (pl *planner) complete(p *plan, t reflect.Type) {
	p.size = t.Size()
	p.pointers = hasPointers(t)
	p.direct = isDirect(t)
	p.parts = pl.parts(nil, t, 0)
}

// parts appends the parts of a value of type t, which begins at offset, to parts.
func (pl *planner) parts(parts []part, t reflect.Type, offset uintptr) []part {
	if isOpaque(t) {
		return parts
	}
	switch t.Kind() {
	case reflect.String:
		return append(parts, part{kind: text, offset: offset})
	case reflect.Slice:
		return append(parts, part{kind: list, offset: offset, elem: pl.refer(t.Elem())})
	case reflect.Pointer:
		return append(parts, part{kind: pointer, offset: offset, elem: pl.refer(t.Elem())})
	case reflect.Interface:
		if t.NumMethod() > 0 {
			return append(parts, part{kind: withMethod, offset: offset})
		}
		return append(parts, part{kind: empty, offset: offset})
	case reflect.Map:
		return append(parts, part{kind: hashed, offset: offset, table: pl.table(t)})
	case reflect.Array:
		return pl.arrayParts(parts, t, offset)
	case reflect.Struct:
		for field := range t.Fields() {
			parts = pl.parts(parts, field.Type, offset+field.Offset)
		}
	}
	return parts
}

func (pl *planner) arrayParts(parts []part, t reflect.Type, offset uintptr) []part {
	inner := pl.parts(nil, t.Elem(), 0)
	switch {
	case t.Len() == 0 || len(inner) == 0:
		return parts
	case t.Len()*len(inner) > unrolled:
		return append(parts, part{kind: array, offset: offset, elem: pl.refer(t.Elem()), length: t.Len()})
	}
	for i := range t.Len() {
		for _, in := range inner {
			in.offset += offset + uintptr(i)*t.Elem().Size()
			parts = append(parts, in)
		}
	}
	return parts
}

// isFlat reports whether nothing behind a value has parts. The plans that p refers to must be complete.
func (p *plan) isFlat() bool {
	for _, part := range p.parts {
		if part.kind != text && (part.kind != list || len(part.elem.parts) > 0) {
			return false
		}
	}
	return true
}
