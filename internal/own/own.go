package own

import (
	"reflect"
	"strings"
	"sync"
	"unsafe"
)

// Copy returns v with copies of its strings and slices, also within structs, arrays, slices and interfaces. It is for
// keys and arguments that outlive the call that they came with: web servers make strings that are views of a buffer,
// and use the buffer again when the call has returned. What pointers and maps lead to is not copied.
//
// Other values are returned as they are. Whether a type has something to copy is found out once.
func Copy[T any](v T) T {
	if s, ok := any(v).(string); ok {
		return any(strings.Clone(s)).(T)
	}
	if !hasViews(reflect.TypeFor[T]()) {
		return v
	}
	return copyOf(v)
}

// copyOf is apart from Copy, because v is on the heap here.
func copyOf[T any](v T) T {
	copyViews(reflect.ValueOf(&v).Elem(), maxDepth)
	return v
}

// views has for each type that was asked for whether it has something to copy.
var views sync.Map // of reflect.Type to bool

func hasViews(t reflect.Type) bool {
	if known, ok := views.Load(t); ok {
		return known.(bool)
	}
	has := findViews(t)
	views.Store(t, has)
	return has
}

// reflected is how funcvars passes arguments. Inside there may be a value of any type.
var reflected = reflect.TypeFor[reflect.Value]()

func findViews(t reflect.Type) bool {
	if t == reflected {
		return true
	}
	switch t.Kind() {
	case reflect.String, reflect.Slice, reflect.Interface:
		return true
	case reflect.Array:
		return t.Len() > 0 && hasViews(t.Elem())
	case reflect.Struct:
		for field := range t.Fields() {
			if hasViews(field.Type) {
				return true
			}
		}
	}
	return false // types that contain themselves do so by a pointer, a slice, a map or an interface
}

// maxDepth ends the copying of a slice that contains itself.
const maxDepth = 100

// copyViews replaces what v has to copy, down to depth. It must be possible to set v.
func copyViews(v reflect.Value, depth int) {
	if depth == 0 {
		return
	}
	if v.Type() == reflected {
		v.Set(reflect.ValueOf(copyReflected(v.Interface().(reflect.Value), depth)))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(strings.Clone(v.String()))
	case reflect.Slice:
		if v.IsNil() {
			return
		}
		own := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(own, v)
		v.Set(own)
		copyElements(own, depth)
	case reflect.Array:
		copyElements(v, depth)
	case reflect.Interface:
		if v.IsNil() || !hasViews(v.Elem().Type()) {
			return
		}
		own := reflect.New(v.Elem().Type()).Elem()
		own.Set(v.Elem())
		copyViews(own, depth-1)
		v.Set(own)
	case reflect.Struct:
		for _, field := range v.Fields() {
			if hasViews(field.Type()) {
				// Keys often have fields that are not exported. Reflect sets these only by their address.
				copyViews(reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem(), depth-1)
			}
		}
	}
}

// copyReflected returns v, or a copy of v if there is something to copy.
func copyReflected(v reflect.Value, depth int) reflect.Value {
	if !v.IsValid() || !hasViews(v.Type()) {
		return v
	}
	own := reflect.New(v.Type()).Elem()
	own.Set(v)
	copyViews(own, depth-1)
	return own
}

func copyElements(v reflect.Value, depth int) {
	if !hasViews(v.Type().Elem()) {
		return
	}
	for i := range v.Len() {
		copyViews(v.Index(i), depth-1)
	}
}
