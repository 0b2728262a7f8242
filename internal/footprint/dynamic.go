package footprint

import (
	"reflect"
	"unsafe"
)

// static is one more than the largest integer that the runtime does not allocate for an interface.
const static = 256

// dynamic counts the bytes behind an interface, which is v, and is stored at the address at. The value in it may be a
// pointer, and is then in the interface. Otherwise it is an object that never changes, so nobody can tell copies of the
// interface from two objects: it counts each time.
func (w *walk) dynamic(v any, at unsafe.Pointer, weight float64, budget int) {
	if v == nil {
		return
	}
	p := planOf(reflect.TypeOf(v))
	if p.direct {
		w.values(unsafe.Add(at, unsafe.Sizeof(uintptr(0))), p, weight, budget)
		return
	}
	boxed := *word(&v)
	if isStatic(boxed, p) {
		return
	}
	w.bytes += weight * float64(allocated(p.size, p.pointers))
	switch {
	case len(p.parts) == 0:
	case p.flat:
		w.values(boxed, p, weight, budget)
	default: // it may contain an interface again, so this must not be a recursion
		w.open = append(w.open, object{boxed, 1, p, nil, weight, budget})
	}
}

// isStatic reports whether the value at v is one of those that the runtime does not allocate for an interface: small
// integers, and strings and slices that are zero.
func isStatic(v unsafe.Pointer, p *plan) bool {
	switch {
	case p.size == 0 || p.size == 1:
		return true
	case p.pointers:
		return p.flat && len(p.parts) == 1 && *(*unsafe.Pointer)(v) == nil && (p.isText() || p.size == unsafe.Sizeof([]byte(nil)))
	case p.size == 2:
		return *(*uint16)(v) < static
	case p.size == 4:
		return *(*uint32)(v) < static
	case p.size == 8:
		return *(*uint64)(v) < static
	}
	return false
}
