package layers

import (
	"encoding"
	"encoding/gob"
	"fmt"
	"reflect"
)

var (
	gobEncoder        = reflect.TypeFor[gob.GobEncoder]()
	gobDecoder        = reflect.TypeFor[gob.GobDecoder]()
	binaryMarshaler   = reflect.TypeFor[encoding.BinaryMarshaler]()
	binaryUnmarshaler = reflect.TypeFor[encoding.BinaryUnmarshaler]()
)

// gobTypes finds out what encoding/gob does not keep of the values of a type.
type gobTypes struct{ seen map[reflect.Type]bool }

// loss returns the first loss that it finds in t, or nil. It trusts types that encode and decode themselves. The types
// of values in interfaces are not known yet: see gobValues.
func (c *gobTypes) loss(t reflect.Type) *loss {
	if c.seen[t] {
		return nil
	}
	c.seen[t] = true
	if baseOf(t).Kind() == reflect.Pointer {
		return &loss{fmt.Sprintf("%v is a pointer to itself", t), "use a struct"}
	}
	encodes, decodes := gobMethod(t, gobEncoder, binaryMarshaler), gobMethod(t, gobDecoder, binaryUnmarshaler)
	if reads[encodes] != decodes {
		return &loss{
			fmt.Sprintf("gob writes %v by %s, and reads it by %s", t, orFields(encodes), orFields(decodes)),
			"declare both GobEncode and GobDecode",
		}
	}
	if encodes != "" {
		return c.ownLoss(baseOf(t), encodes, decodes)
	}
	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return &loss{fmt.Sprintf("gob does not write a %v", t), "leave it out"}
	case reflect.Map:
		if t.Key().Kind() == reflect.Pointer {
			return &loss{fmt.Sprintf("the keys of %v are pointers, which come back as others", t), "use keys without pointers"}
		}
		if l := c.loss(t.Key()); l != nil {
			return l
		}
		return c.loss(t.Elem())
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return c.loss(t.Elem())
	case reflect.Struct:
		for field := range t.Fields() {
			if isEmptyOfState(field) && !field.IsExported() {
				continue
			}
			if !field.IsExported() {
				return &loss{fieldOf(t, field.Name) + " is not exported", "export it"}
			}
			if l := c.loss(field.Type); l != nil {
				return l
			}
		}
		if t.NumField() > 0 && !hasGobField(t) {
			return &loss{fmt.Sprintf("gob does not write %v, which has no exported field", t), "export a field"}
		}
	}
	return nil
}

// ownLoss is loss for a type with the methods encodes and decodes.
func (c *gobTypes) ownLoss(t reflect.Type, encodes, decodes string) *loss {
	written, writes := borrowed(t, encodes)
	read, reads := borrowed(t, decodes)
	if writes {
		if l := hides(t, written, encodes); l != nil {
			return l
		}
	}
	if reads {
		if l := misses(t, read, decodes); l != nil {
			return l
		}
	}
	if writes != reads {
		own := encodes
		if writes {
			own = decodes
		}
		return &loss{fmt.Sprintf("of %s and %s, %v declares only %s", encodes, decodes, t, own), "declare both"}
	}
	if writes {
		return c.loss(written.Type)
	}
	return nil
}

// reads has the method that reads what a method writes. Gob reads no fields of a type that a method has written.
var reads = map[string]string{"": "", "GobEncode": "GobDecode", "MarshalBinary": "UnmarshalBinary"}

// hasGobField reports whether gob writes any field of the struct type t.
func hasGobField(t reflect.Type) bool {
	for field := range t.Fields() {
		if field.IsExported() {
			return true
		}
	}
	return false
}

// orFields names how gob encodes or decodes a type.
func orFields(method string) string {
	if method == "" {
		return "its fields"
	}
	return method
}

// maxPointers is how many pointers to pointers are followed. A type may be a pointer to itself.
const maxPointers = 100

// baseOf returns what a pointer type points to in the end. For a pointer to itself it returns a pointer.
func baseOf(t reflect.Type) reflect.Type {
	for range maxPointers {
		if t.Kind() != reflect.Pointer {
			break
		}
		t = t.Elem()
	}
	return t
}

// gobMethod returns the method that encoding/gob uses for values of type t, or "". It is the method of the first of the
// interfaces that t implements. The methods of the type that t points to count, too, and the methods of a pointer to t.
func gobMethod(t reflect.Type, interfaces ...reflect.Type) string {
	for _, wanted := range interfaces {
		method := wanted.Method(0).Name
		at := t
		for range maxPointers {
			if at.Implements(wanted) {
				return method
			}
			if at.Kind() != reflect.Pointer {
				break
			}
			at = at.Elem()
		}
		if t.Kind() != reflect.Pointer && reflect.PointerTo(t).Implements(wanted) {
			return method
		}
	}
	return ""
}
