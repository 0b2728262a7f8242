package layers

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"reflect"
)

// gobValues makes the nodes that find out what gob does not bring back of a value.
type gobValues struct {
	nodes    map[gobStep]*checkNode
	building map[gobStep]bool // the nodes that are being made now
}

// gobStep is a type in a place. Gob leaves out a field of a struct that is empty or zero, but no element of a list.
type gobStep struct {
	typ   reflect.Type
	field bool
}

// node returns the node for values of type t.
func (c *gobValues) node(t reflect.Type, field bool) *checkNode {
	step := gobStep{t, field}
	if n := c.nodes[step]; n != nil {
		n.risky = n.risky || c.building[step] // a value may contain itself
		return n
	}
	n := &checkNode{}
	c.nodes[step] = n
	c.building[step] = true
	defer delete(c.building, step)
	if gobMethod(t, gobEncoder, binaryMarshaler) != "" {
		switch {
		case t.Kind() == reflect.Pointer && field:
			n.own = checkGobPointer(t)
		case t.Kind() == reflect.Pointer:
			n.own, n.always = checkGobNil(t), true
		}
		return n
	}
	switch t.Kind() {
	case reflect.Pointer:
		if field {
			n.own = checkGobPointer(t)
		}
		n.elem = c.node(t.Elem(), field)
	case reflect.Slice:
		n.own, n.elem = checkGobSlice(t), c.node(t.Elem(), false)
	case reflect.Array:
		n.elem = c.node(t.Elem(), false)
	case reflect.Map:
		if !field {
			n.own = checkGobMap(t)
		}
		n.key, n.elem = c.node(t.Key(), false), c.node(t.Elem(), false)
		if !comesBackEqual(t.Key()) {
			n.own = both(n.own, checkGobKeys(t, n.key))
		}
	case reflect.Interface:
		n.own, n.inside = checkGobInterface, gobInside
	case reflect.Struct:
		for i := range t.NumField() {
			if field := t.Field(i); field.IsExported() {
				n.fields = append(n.fields, checkField{index: i, node: c.node(field.Type, true)})
			}
		}
	}
	return n
}

// checkGobSlice returns a check that refuses a slice that is empty but not nil. It comes back as nil.
func checkGobSlice(t reflect.Type) func(reflect.Value, *checking) string {
	why := fmt.Sprintf("a %v is empty, and would come back as nil", t)
	return func(v reflect.Value, _ *checking) string {
		if v.Len() == 0 && !v.IsNil() {
			return why
		}
		return ""
	}
}

// checkGobMap returns a check that refuses a map that is nil. In a list, it comes back empty.
func checkGobMap(t reflect.Type) func(reflect.Value, *checking) string {
	why := fmt.Sprintf("a %v is nil, and would come back empty", t)
	return func(v reflect.Value, _ *checking) string {
		if v.IsNil() {
			return why
		}
		return ""
	}
}

// checkGobNil returns a check that refuses a nil pointer in a list or a map, if its type encodes itself. Gob calls the
// method, which panics, or writes something that comes back as a pointer to a value.
func checkGobNil(t reflect.Type) func(reflect.Value, *checking) string {
	why := fmt.Sprintf("a nil %v is in a list or a map, which gob cannot encode", t)
	panics := methodOfValue(t)
	return func(v reflect.Value, c *checking) string {
		if v.IsNil() && (panics || !c.lossy) {
			return why
		}
		return ""
	}
}

// methodOfValue reports whether the method by which the pointer type t encodes itself belongs to the value. It cannot be
// called for a nil pointer.
func methodOfValue(t reflect.Type) bool {
	elem := t.Elem()
	return elem.Kind() == reflect.Pointer || elem.Implements(gobEncoder) || !t.Implements(gobEncoder) && elem.Implements(binaryMarshaler)
}

// comesBackEqual reports whether every value of type t comes back as one that is equal by ==: values without pointers,
// interfaces and methods of their own.
func comesBackEqual(t reflect.Type) bool {
	if gobMethod(t, gobEncoder, binaryMarshaler) != "" {
		return false
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface:
		return false
	case reflect.Array:
		return comesBackEqual(t.Elem())
	case reflect.Struct:
		for field := range t.Fields() {
			if field.IsExported() && !comesBackEqual(field.Type) {
				return false
			}
		}
	}
	return true
}

// checkGobKeys returns a check that refuses a key that would come back as another one. Nobody would find its value. A
// time.Time does so if it has a monotonic reading, and a pointer always does. Node checks the keys first, because gob
// would follow a key that contains itself until the stack is full.
func checkGobKeys(t reflect.Type, node *checkNode) func(reflect.Value, *checking) string {
	why := fmt.Sprintf("a key of a %v would come back as another one", t)
	alone := reflect.MapOf(t.Key(), reflect.TypeFor[bool]())
	return func(v reflect.Value, c *checking) string {
		for entries := v.MapRange(); entries.Next(); {
			if why := node.check(entries.Key(), c); why != "" {
				return why
			}
			sent, got := reflect.MakeMap(alone), reflect.New(alone)
			sent.SetMapIndex(entries.Key(), reflect.ValueOf(true))
			var data bytes.Buffer
			if gob.NewEncoder(&data).EncodeValue(sent) != nil || gob.NewDecoder(&data).DecodeValue(got) != nil ||
				!got.Elem().MapIndex(entries.Key()).IsValid() {
				return why
			}
		}
		return ""
	}
}

// checkGobPointer returns a check that refuses a pointer in a field whose value gob leaves out because it is zero. The
// pointer comes back as nil.
func checkGobPointer(t reflect.Type) func(reflect.Value, *checking) string {
	why := fmt.Sprintf("a field has a %v to a zero value, and would come back as nil", t)
	return func(v reflect.Value, _ *checking) string {
		if v.IsNil() {
			return ""
		}
		for v.Kind() == reflect.Pointer && !v.IsNil() {
			if v.Type().Implements(gobEncoder) || v.Type().Implements(binaryMarshaler) {
				return "" // its methods write any value
			}
			v = v.Elem()
		}
		if isLeftOut(v) {
			return why
		}
		return ""
	}
}

// isLeftOut reports whether gob leaves out a field with the value v, which is behind a pointer.
func isLeftOut(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Struct, reflect.Array:
		return false
	case reflect.Slice:
		return v.Len() == 0
	}
	return v.IsZero()
}
