package footprint

import "unsafe"

// isText reports whether a value is a string, and nothing else.
func (p *plan) isText() bool {
	return p.size == unsafe.Sizeof("") && len(p.parts) == 1 && p.parts[0].kind == text
}

// simple reports whether sum is enough for p: a value leads to flat parts only, or by one pointer to a flat value.
func (p *plan) simple() bool {
	pointers := 0
	for _, part := range p.parts {
		switch {
		case part.kind == text || part.kind == list && len(part.elem.parts) == 0:
		case part.kind == pointer && part.elem.flat:
			pointers++
		default:
			return false
		}
	}
	return pointers <= 1 // two pointers may be equal
}

// sum returns the bytes behind the value at v, whose plan is simple.
func (p *plan) sum(v unsafe.Pointer) (bytes int64) {
	for i := range p.parts {
		part := &p.parts[i]
		at := unsafe.Add(v, part.offset)
		switch part.kind {
		case text:
			bytes += allocated(uintptr(len(*(*string)(at))), false)
		case list:
			bytes += elements(part.elem, cap(*(*[]byte)(at)))
		case pointer:
			if target := *(*unsafe.Pointer)(at); target != nil {
				bytes += elements(part.elem, 1) + part.elem.sum(target)
			}
		}
	}
	return bytes
}

// elements returns the bytes of an object of n values of one type.
func elements(p *plan, n int) int64 { return allocated(p.size*uintptr(n), p.pointers) }
