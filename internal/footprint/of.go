package footprint

import (
	"reflect"
	"unsafe"
)

// Of returns a function that estimates the bytes that the heap holds for a value of type T. They are the bytes behind
// the value. The value itself, which is [unsafe.Sizeof] bytes, does not count.
//
// Of inspects the type, so call it once per type. The function may be called concurrently. It takes as long as the
// value has parts, and some milliseconds at most. Most estimates do not allocate. An estimate of a sampled map may
// differ from the next one of the same map, so remember the number if you need it again.
func Of[T any]() func(value T) int64 {
	p := planOf(reflect.TypeFor[T]())
	switch {
	case len(p.parts) == 0:
		return func(T) int64 { return 0 }
	case p.isText():
		return func(value T) int64 { return allocated(uintptr(len(*(*string)(unsafe.Pointer(&value)))), false) }
	case p.simple():
		return func(value T) int64 { return p.sum(unsafe.Pointer(&value)) }
	default:
		return func(value T) int64 { return p.walk(unsafe.Pointer(&value)) }
	}
}
