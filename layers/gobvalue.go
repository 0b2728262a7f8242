package layers

import (
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
		if t.Kind() == reflect.Pointer && field {
			n.own = checkGobPointer(t)
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
