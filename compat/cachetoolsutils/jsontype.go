package cachetoolsutils

import (
	"encoding"
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"sync"

	"github.com/ctxcache/cached/ctxcache"
)

// jsonType is what [JSON] has to know of a type of values.
type jsonType struct {
	err        error // an ErrOptions if values lose a part whatever they are
	object     bool  // it is a Python object, and does not need encoding/json
	compared   bool  // an object that may come back as another one, as a key that is a tuple comes back as a list
	interfaces bool  // a value may have an interface in it
	members    bool  // it is map[string]Value, which is written as a dict
}

// jsonTypes has the jsonType of each reflect.Type that was asked for. A program has few types.
var jsonTypes sync.Map

func typeOf[V any]() jsonType {
	t := reflect.TypeFor[V]()
	if known, ok := jsonTypes.Load(t); ok {
		return known.(jsonType)
	}
	looked := lookAt(t)
	jsonTypes.Store(t, looked)
	return looked
}

func lookAt(t reflect.Type) jsonType {
	switch t {
	case reflect.TypeFor[[]byte](), reflect.TypeFor[Bytes]():
		return jsonType{err: typeError(t, "bytes have no JSON in Python; use a cache that stores bytes as they are")}
	case reflect.TypeFor[Value](), reflect.TypeFor[Dict](), reflect.TypeFor[Tuple](), reflect.TypeFor[[]Value](), reflect.TypeFor[*big.Int]():
		return jsonType{object: true}
	case reflect.TypeFor[Key]():
		return jsonType{object: true, compared: true}
	}
	if isScalar(t) {
		return jsonType{object: true}
	}
	walk := typeWalk{seen: map[reflect.Type]bool{}}
	problem := walk.look(t)
	if problem != "" {
		return jsonType{err: typeError(t, problem)}
	}
	return jsonType{interfaces: walk.interfaces, members: t == reflect.TypeFor[map[string]Value]()}
}

func typeError(t reflect.Type, problem string) error {
	return fmt.Errorf("%w: JSON cannot bring back every %v: %s", ctxcache.ErrOptions, t, problem)
}

// isScalar reports whether values of type t are Python objects without items, and not bytes.
func isScalar(t reflect.Type) bool {
	if t.Implements(reflect.TypeFor[json.Marshaler]()) || t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
		return false
	}
	switch t.Kind() {
	case reflect.Bool, reflect.String, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return true
	}
	return false
}

// typeWalk looks at a type and at the types in it.
type typeWalk struct {
	seen       map[reflect.Type]bool
	interfaces bool
}

// look returns what a value of type t loses in encoding/json, or "". It does not look again at types that it has seen.
func (w *typeWalk) look(t reflect.Type) string {
	if w.seen[t] || trusted(t) {
		return ""
	}
	w.seen[t] = true
	switch t.Kind() {
	case reflect.Interface:
		w.interfaces = true
		if t.NumMethod() > 0 {
			return fmt.Sprintf("%v is an interface with methods, and JSON does not store the type of its value; use a struct", t)
		}
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return fmt.Sprintf("a %v has no JSON; leave it out", t)
	case reflect.Map:
		if !nameable(t.Key()) {
			return fmt.Sprintf("a %v cannot be the name of a member; use a string", t.Key())
		}
		return w.look(t.Elem())
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return w.look(t.Elem())
	case reflect.Struct:
		for field := range t.Fields() {
			if problem := w.field(t, field); problem != "" {
				return problem
			}
		}
	}
	return ""
}

// field is look for a field of the struct t. An embedded struct may have exported fields even if its own name is not
// exported.
func (w *typeWalk) field(t reflect.Type, field reflect.StructField) string {
	switch {
	case !field.IsExported() && (field.Name == "_" || field.Type.Size() == 0):
		return "" // it has no state that could be lost
	case !field.IsExported() && (!field.Anonymous || field.Type.Kind() != reflect.Struct):
		return fmt.Sprintf("%v has the unexported field %s, which JSON leaves out; export it, or %s", t, field.Name, itself)
	case field.Tag.Get("json") == "-":
		return fmt.Sprintf("%v has the field %s with the tag json:\"-\"; remove it, or %s", t, field.Name, itself)
	}
	return w.look(field.Type)
}

// itself is a cure.
const itself = "give the type MarshalJSON and UnmarshalJSON"

// trusted reports whether t writes and reads itself. What it stores is its own affair, see sameOwn. A struct that has the
// methods from an embedded field, and has other fields, is not trusted: the methods do not know the other fields.
func trusted(t reflect.Type) bool {
	if t.Kind() == reflect.Struct && t.NumField() > 1 {
		for field := range t.Fields() {
			if field.Anonymous && trusted(field.Type) {
				return false
			}
		}
	}
	pointer := reflect.PointerTo(t)
	return (writes[json.Marshaler](t) && pointer.Implements(reflect.TypeFor[json.Unmarshaler]())) ||
		(writes[encoding.TextMarshaler](t) && pointer.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()))
}

func writes[Marshaler any](t reflect.Type) bool {
	marshaler := reflect.TypeFor[Marshaler]()
	return t.Implements(marshaler) || reflect.PointerTo(t).Implements(marshaler)
}

// nameable reports whether encoding/json accepts t as the type of the keys of a map.
func nameable(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return true
	}
	return t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) &&
		reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}
