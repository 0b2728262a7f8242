package own

import (
	"reflect"
	"unsafe"
)

// Copier copies values of one type, as [Copy] does. It has found out once what there is to copy, so it is for those that
// copy often. It can also use the memory of a copy again. The zero value is not ready: use [CopierOf].
type Copier[T any] struct{ kind kind }

// kind is what there is to copy in the values of a type.
type kind uint8

const (
	plain  kind = iota // nothing
	text               // T is a string type
	nested             // T contains strings, slices or interfaces
)

// CopierOf returns the copier of T.
func CopierOf[T any]() Copier[T] {
	switch t := reflect.TypeFor[T](); {
	case t.Kind() == reflect.String:
		return Copier[T]{text}
	case hasViews(t):
		return Copier[T]{nested}
	default:
		return Copier[T]{plain}
	}
}

// Copy returns v with copies of its strings and slices. See the function Copy.
func (c Copier[T]) Copy(v T) T {
	var none T
	return c.CopyInto(none, v)
}

// Reuses reports whether CopyInto can use the memory of its first argument.
func (c Copier[T]) Reuses() bool { return c.kind == text }

// Room returns how many bytes the memory of v has, which this copier has made. Reuses must report true.
func (c Copier[T]) Room(v T) int { return room(len(*(*string)(unsafe.Pointer(&v)))) }

// CopyInto is Copy, and may write the copy over old, which this copier has made. So nobody may have old any more if
// Reuses reports true. If old is as long as v, or almost, CopyInto does not allocate.
func (c Copier[T]) CopyInto(old, v T) T {
	switch c.kind {
	case plain:
		return v
	case text:
		s := copyText(*(*string)(unsafe.Pointer(&old)), *(*string)(unsafe.Pointer(&v)))
		return *(*T)(unsafe.Pointer(&s))
	default:
		return copyOf(v)
	}
}

// unit is what the room of a copied string is a multiple of. The runtime allocates no less.
const unit = 8

// room returns how many bytes the memory of a copied string has.
func room(length int) int { return (length + unit - 1) &^ (unit - 1) }

// copyText returns a copy of s, in the memory of old if that has as much room as a new copy would have.
func copyText(old, s string) string {
	if s == "" {
		return ""
	}
	if old != "" && room(len(old)) == room(len(s)) {
		memory := unsafe.Slice(unsafe.StringData(old), room(len(s)))
		return unsafe.String(&memory[0], copy(memory, s))
	}
	memory := make([]byte, room(len(s)))
	return unsafe.String(&memory[0], copy(memory, s))
}
