package cachetoolsutils

import (
	"bytes"
	"encoding/json"
	"math/big"
	"reflect"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// errLossy is the cause of an error about a value that would be read back as another value.
var errLossy = ctxcache.Discreet("the value would not come back unchanged", nil)

// same reports whether written and read, two values of one type, are the same. Types that write and read themselves are
// the same if they write the same JSON. Interfaces hold Python objects, so an int there is the same as an int64.
func same(written, read reflect.Value) bool {
	if written.Kind() != reflect.Pointer && trusted(written.Type()) {
		return sameOwn(written, read)
	}
	switch written.Kind() {
	case reflect.Interface:
		if written.IsNil() || read.IsNil() {
			return written.IsNil() && read.IsNil()
		}
		return sameObject(written.Interface(), read.Interface())
	case reflect.Pointer:
		if written.IsNil() || read.IsNil() {
			return written.IsNil() && read.IsNil()
		}
		return same(written.Elem(), read.Elem())
	case reflect.Slice:
		return written.IsNil() == read.IsNil() && sameItems(written, read)
	case reflect.Array:
		return sameItems(written, read)
	case reflect.Map:
		return written.IsNil() == read.IsNil() && sameMembers(written, read)
	case reflect.Struct:
		for i := range written.NumField() {
			if !same(written.Field(i), read.Field(i)) {
				return false
			}
		}
		return true
	}
	return written.Equal(read)
}

// sameOwn is same for two values of a type that writes and reads itself.
func sameOwn(written, read reflect.Value) bool {
	if !written.CanInterface() { // an embedded type that is not exported: its methods cannot be called
		return true
	}
	if t := written.Type(); t.Kind() == reflect.Struct && t.NumField() == 1 && t.Field(0).Anonymous && trusted(t.Field(0).Type) {
		return same(written.Field(0), read.Field(0)) // which may have the methods
	}
	switch w := written.Interface().(type) {
	case time.Time: // JSON cuts the seconds of its zone off
		r, _ := reflect.TypeAssert[time.Time](read)
		return w.Equal(r)
	case big.Float: // it is read with 64 bits, whatever it has
		r, _ := reflect.TypeAssert[big.Float](read)
		return w.Cmp(&r) == 0
	case json.RawMessage: // it is written in the form of Python
		r, _ := reflect.TypeAssert[json.RawMessage](read)
		return w != nil && bytes.Equal(w, r)
	}
	if written.CanAddr() && read.CanAddr() {
		written, read = written.Addr(), read.Addr() // so that methods of pointers are used
	}
	before, err := json.Marshal(written.Interface())
	if err != nil {
		return false
	}
	after, err := json.Marshal(read.Interface())
	return err == nil && bytes.Equal(before, after)
}

func sameItems(written, read reflect.Value) bool {
	if written.Len() != read.Len() {
		return false
	}
	for i := range written.Len() {
		if !same(written.Index(i), read.Index(i)) {
			return false
		}
	}
	return true
}

func sameMembers(written, read reflect.Value) bool {
	if written.Len() != read.Len() {
		return false
	}
	for members := written.MapRange(); members.Next(); {
		element := read.MapIndex(members.Key())
		if !element.IsValid() || !same(members.Value(), element) {
			return false
		}
	}
	return true
}

// sameObject is same for two values of interfaces.
func sameObject(written, read any) bool {
	object, ok := plain(written)
	if !ok {
		w, r := reflect.ValueOf(written), reflect.ValueOf(read)
		return w.Type() == r.Type() && same(w, r)
	}
	switch object := object.(type) {
	case *big.Int:
		read, ok := read.(*big.Int)
		return ok && object.Cmp(read) == 0
	case []byte:
		read, ok := read.([]byte)
		return ok && bytes.Equal(object, read)
	case []Value:
		read, ok := read.([]Value)
		return ok && same(reflect.ValueOf(object), reflect.ValueOf(read))
	case Tuple, Dict, class:
		return false // an interface gets a list or a map back
	}
	return object == read
}
