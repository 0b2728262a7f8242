package layers

import (
	"encoding"
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"time"
)

var (
	numberType = reflect.TypeFor[json.Number]()
	rawType    = reflect.TypeFor[json.RawMessage]()
	timeType   = reflect.TypeFor[time.Time]()
	floatType  = reflect.TypeFor[big.Float]()
)

// jsonValues makes the nodes that find out what JSON does not bring back of a value.
type jsonValues struct{ nodes map[jsonStep]*checkNode }

// node returns the node for values of type t.
func (c *jsonValues) node(t reflect.Type, addressable bool) *checkNode {
	step := jsonStep{t, addressable}
	if n := c.nodes[step]; n != nil {
		return n
	}
	n := &checkNode{}
	c.nodes[step] = n
	switch {
	case t == numberType:
		n.own = checkNumber
	case t == rawType:
		n.own = checkRaw
	case t == timeType:
		n.own = checkTime
	case t == floatType:
		n.own = checkFloat
	case jsonMethod(t, addressable) != "":
		c.addOwn(n, t, addressable)
	default:
		c.complete(n, t, addressable)
		if mixes(t, addressable) {
			n.own = both(n.own, checkReread(t))
		}
	}
	return n
}

// addOwn is node for a type that marshals itself. Its methods are trusted, unless they do not belong together.
func (c *jsonValues) addOwn(n *checkNode, t reflect.Type, addressable bool) {
	switch embedded, borrows := borrowed(t, jsonMethod(t, addressable)); {
	case t.Kind() == reflect.Pointer:
		n.own, n.elem = checkPointer(t), c.node(t.Elem(), true)
	case mixes(t, addressable):
		n.own = checkReread(t)
	case borrows && embedded.IsExported():
		n.fields = []checkField{{index: embedded.Index[0], node: c.node(embedded.Type, addressable)}}
	}
}

// complete is node for a type that does not marshal itself.
func (c *jsonValues) complete(n *checkNode, t reflect.Type, addressable bool) {
	switch t.Kind() {
	case reflect.Pointer:
		n.own, n.elem = checkPointer(t), c.node(t.Elem(), true)
	case reflect.Slice:
		if !isBase64(t) {
			n.elem = c.node(t.Elem(), true)
		}
	case reflect.Array:
		n.elem = c.node(t.Elem(), addressable)
	case reflect.Map:
		n.own, n.elem = checkKeys(t), c.node(t.Elem(), false)
	case reflect.Struct:
		for i := range t.NumField() {
			c.addField(n, t, i, addressable)
		}
	}
}

func (c *jsonValues) addField(n *checkNode, t reflect.Type, i int, addressable bool) {
	field := t.Field(i)
	tag := readJSONTag(field)
	embedded := tag.embeds(field)
	if tag.skip || embedded == nil && !field.IsExported() {
		return
	}
	part := checkField{index: i}
	switch {
	case embedded == nil:
		part.node = c.node(field.Type, addressable)
		part.omitted = tag.omission(t, field)
	case field.Type.Kind() == reflect.Pointer:
		part.node = &checkNode{elem: &checkNode{}}
		c.complete(part.node.elem, embedded, true) // encoding/json writes its fields, even if it has methods
	default:
		part.node = &checkNode{}
		c.complete(part.node, embedded, addressable)
	}
	n.fields = append(n.fields, part)
}

// omission returns a function that says whether encoding/json leaves the field out, and why it would come back as
// another value. It returns nil if the field is never left out, or always comes back.
func (tag jsonTag) omission(t reflect.Type, field reflect.StructField) func(v reflect.Value) (omitted bool, why string) {
	kind := field.Type.Kind()
	emptied := tag.omitEmpty && (kind == reflect.Slice || kind == reflect.Map)
	zeroed := tag.omitZero && (field.Type.Implements(isZeroerType) || reflect.PointerTo(field.Type).Implements(isZeroerType))
	if !emptied && !zeroed {
		return nil
	}
	return func(v reflect.Value) (omitted bool, why string) {
		switch {
		case emptied && v.Len() == 0 && v.IsNil():
			return true, ""
		case emptied && v.Len() == 0:
			return true, fieldOf(t, field.Name) + " is empty, and its tag omitempty would bring it back as nil"
		case !zeroed || !isZero(v):
			return false, ""
		case v.IsZero():
			return true, ""
		}
		return true, fieldOf(t, field.Name) + " is not the zero value, but its tag omitzero leaves it out because of its method IsZero"
	}
}

// isZeroer is what encoding/json asks about a field with omitzero.
type isZeroer interface{ IsZero() bool }

var isZeroerType = reflect.TypeFor[isZeroer]()

// isZero reports what the method IsZero of v reports. A nil pointer is zero.
func isZero(v reflect.Value) bool {
	if v.Kind() == reflect.Pointer && v.IsNil() {
		return true
	}
	if z, ok := reflect.TypeAssert[isZeroer](v); ok {
		return z.IsZero()
	}
	pointer := reflect.New(v.Type())
	pointer.Elem().Set(v)
	return pointer.Interface().(isZeroer).IsZero()
}

// checkPointer returns a check that refuses pointers to values whose JSON is null. They come back as nil.
func checkPointer(t reflect.Type) func(reflect.Value, *checking) string {
	elem := t.Elem()
	why := fmt.Sprintf("a %v points to a value whose JSON is null, and would come back as nil", t)
	method := jsonMethod(elem, true)
	switch {
	case elem == timeType || method == "MarshalText": // it makes a string
		return nil
	case method == "MarshalJSON":
		return func(v reflect.Value, c *checking) string {
			if c.nulls && !v.IsNil() && v.Elem().CanAddr() {
				text, err := marshalJSON(v.Interface())
				if err != nil || string(text) == "null" {
					return why
				}
			}
			return ""
		}
	case elem.Kind() == reflect.Pointer || elem.Kind() == reflect.Slice || elem.Kind() == reflect.Map || elem.Kind() == reflect.Interface:
		return func(v reflect.Value, _ *checking) string {
			if !v.IsNil() && v.Elem().IsNil() {
				return why
			}
			return ""
		}
	}
	return nil
}

// checkNumber refuses the empty number, whose JSON is 0.
func checkNumber(v reflect.Value, _ *checking) string {
	if v.Len() == 0 {
		return "an empty json.Number would come back as 0"
	}
	return ""
}

// checkRaw refuses raw JSON that would be written in another way: nil as null, and white space not at all.
func checkRaw(v reflect.Value, _ *checking) string {
	if v.IsNil() {
		return "a nil json.RawMessage would come back as null"
	}
	quoted := false
	for i, raw := 0, v.Bytes(); i < len(raw); i++ {
		switch raw[i] {
		case '"':
			quoted = !quoted
		case '\\':
			i++
		case ' ', '\t', '\r', '\n':
			if !quoted {
				return "a json.RawMessage has white space, which would not come back"
			}
		}
	}
	return ""
}

// checkTime refuses times in a zone that JSON cannot express. It cuts the seconds of the zone off, so the time would
// come back as another one. Zones had such seconds until the 1970s.
func checkTime(v reflect.Value, _ *checking) string {
	if !v.CanAddr() {
		at, _ := reflect.TypeAssert[time.Time](v)
		return zoneLoss(at)
	}
	at, _ := reflect.TypeAssert[*time.Time](v.Addr()) // without a copy
	return zoneLoss(*at)
}

func zoneLoss(at time.Time) string {
	if _, offset := at.Zone(); offset%60 != 0 {
		return "a time.Time has a zone with seconds in its offset, which JSON cannot express; use its UTC method"
	}
	return ""
}

// checkFloat refuses numbers that are not the same when they are read, with 64 bits of precision.
func checkFloat(v reflect.Value, _ *checking) string {
	number, _ := reflect.TypeAssert[*big.Float](v.Addr()) // without an address, its JSON is lossy, see jsonTypes
	text, err := number.MarshalText()
	var back big.Float
	if err == nil {
		err = back.UnmarshalText(text)
	}
	if err != nil || back.Cmp(number) != 0 {
		return "a big.Float is read with a precision of 64 bits, and would come back as another one"
	}
	return ""
}

// checkKeys returns a check of the keys of maps of type t. It refuses different keys that have the same text, and keys
// that do not come back as equal keys. It returns nil for keys with which neither happens.
func checkKeys(t reflect.Type) func(reflect.Value, *checking) string {
	key := t.Key()
	reads := reflect.PointerTo(key).Implements(textUnmarshaler)
	switch {
	case key.Kind() == reflect.String && (reads || key.Implements(textMarshaler)), reads && !key.Implements(textMarshaler):
		return func(v reflect.Value, _ *checking) string { return checkTextKeys(v, t) }
	case key.Kind() != reflect.String && key.Implements(textMarshaler):
		return func(v reflect.Value, _ *checking) string { return checkOwnKeys(v, t) }
	}
	return nil
}

// checkOwnKeys checks keys that make their own text. A key must come back as an equal one, because otherwise nobody finds
// its value. A time.Time does not if it has a monotonic reading. Two keys with the same text cannot both come back.
func checkOwnKeys(v reflect.Value, t reflect.Type) string {
	for entries := v.MapRange(); entries.Next(); {
		key := entries.Key()
		marshaler, _ := reflect.TypeAssert[encoding.TextMarshaler](key)
		text, err := marshaler.MarshalText()
		back := reflect.New(t.Key())
		if err == nil {
			reader, _ := reflect.TypeAssert[encoding.TextUnmarshaler](back)
			err = reader.UnmarshalText(text)
		}
		if err != nil || !back.Elem().Equal(key) {
			return fmt.Sprintf("a key of a %v would come back as another one, or not at all", t)
		}
	}
	return ""
}

// checkTextKeys checks keys that are read by a method, but not written by one. These are strings, for which encoding/json
// does not call MarshalText by default, and numbers.
func checkTextKeys(v reflect.Value, t reflect.Type) string {
	for entries := v.MapRange(); entries.Next(); {
		single := reflect.MakeMap(t)
		single.SetMapIndex(entries.Key(), reflect.Zero(t.Elem()))
		text, err := marshalJSON(single.Interface())
		back := reflect.New(t)
		if err == nil {
			err = json.Unmarshal(text, back.Interface())
		}
		if err != nil || !back.Elem().MapIndex(entries.Key()).IsValid() {
			return fmt.Sprintf("a key of a %v would come back as another one, or not at all", t)
		}
	}
	return ""
}
