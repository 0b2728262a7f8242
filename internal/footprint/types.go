package footprint

import (
	"reflect"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// hasPointers reports whether the garbage collector looks into values of type t.
func hasPointers(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array:
		return t.Len() > 0 && hasPointers(t.Elem())
	case reflect.Struct:
		for field := range t.Fields() {
			if hasPointers(field.Type) {
				return true
			}
		}
		return false
	case reflect.String, reflect.Slice, reflect.Pointer, reflect.Interface, reflect.Map, reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return true
	}
	return false
}

// isDirect reports whether an interface holds a value of type t itself in its second word, as it holds pointers. If it
// holds a pointer to the value, the pointer is not nil even if the value is.
func isDirect(t reflect.Type) bool {
	if t.Kind() == reflect.Interface || t.Size() != unsafe.Sizeof(uintptr(0)) {
		return false
	}
	zero := reflect.Zero(t).Interface()
	return *word(&zero) == nil
}

// word returns the place of the second word of an interface. It has the value, or a pointer to it.
func word(v *any) *unsafe.Pointer {
	return (*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(v), unsafe.Sizeof(uintptr(0))))
}

// Types that usually belong to the whole program, and not to one value.
var (
	locationType   = reflect.TypeFor[time.Location]()
	atomicType     = reflect.TypeFor[atomic.Value]()
	typeType       = reflect.TypeOf(reflect.TypeFor[int]()).Elem()
	descriptorType = reflect.TypeFor[reflect.Value]().Field(0).Type.Elem()
)

// isOpaque reports whether nothing behind a value of type t counts.
func isOpaque(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer:
		return isShared(t.Elem())
	case reflect.Struct:
		return t.PkgPath() == "unique" || t == atomicType || hasLock(t)
	}
	return false
}

// isShared reports whether values of type t usually belong to the whole program.
func isShared(t reflect.Type) bool {
	switch t {
	case locationType, typeType, descriptorType:
		return true
	}
	return t.Name() == "MessageInfo" && t.PkgPath() == "google.golang.org/protobuf/internal/impl"
}

var (
	mutexType   = reflect.TypeFor[sync.Mutex]()
	rwMutexType = reflect.TypeFor[sync.RWMutex]()
	onceType    = reflect.TypeFor[sync.Once]()
)

// hasLock reports whether a value of type t, a struct, has a lock or points to one: it may guard all fields. A lock may stand in a
// field that is a struct, such as an embedded one, or an array.
func hasLock(t reflect.Type) bool {
	for field := range t.Fields() {
		inner := field.Type
		if inner.Kind() == reflect.Pointer && isLock(inner.Elem()) {
			return true
		}
		for inner.Kind() == reflect.Array && inner.Len() > 0 {
			inner = inner.Elem()
		}
		if isLock(inner) || inner.Kind() == reflect.Struct && hasLock(inner) {
			return true
		}
	}
	return false
}

func isLock(t reflect.Type) bool { return t == mutexType || t == rwMutexType || t == onceType }
