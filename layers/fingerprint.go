package layers

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// shape is what the bytes of a codec look like. Two releases that have the same shape can read each other's values.
type shape struct {
	codec byte   // see codecName
	print uint32 // of the type of the values, and of the codec if that is not one of this package
}

// The codecs in a shape.
const (
	codecOther byte = iota // the name of its type is a part of the fingerprint
	codecJSON
	codecGob
)

// shapeOf returns the shape of values of type t that codec encodes.
func shapeOf(codec any, t reflect.Type) shape {
	var s shape
	described := typeWalk{seen: map[reflect.Type]int{}}
	switch name := codecName(codec); name {
	case codecName(JSON[int]{}):
		s.codec, described.tag = codecJSON, func(tag reflect.StructTag) string { return tag.Get("json") }
	case codecName(Gob[int]{}):
		s.codec, described.tag = codecGob, func(reflect.StructTag) string { return "" } // gob reads no tags
	default:
		described.tag = func(tag reflect.StructTag) string { return string(tag) }
		described.text.WriteString(name)
	}
	described.walk(t)
	sum := sha256.Sum256([]byte(described.text.String()))
	s.print = binary.BigEndian.Uint32(sum[:])
	return s
}

// codecName returns the name of a codec's type, without its type parameters.
func codecName(codec any) string {
	t := reflect.TypeOf(codec)
	for t.Kind() == reflect.Pointer && t.Name() == "" {
		t = t.Elem()
	}
	name, _, _ := strings.Cut(t.Name(), "[")
	return t.PkgPath() + "." + name
}

// typeWalk writes a text about a type. Types have the same text if their values are encoded in the same way: the names
// of types do not count. The exception are types that encode themselves. Only their names show what they mean.
type typeWalk struct {
	text strings.Builder
	tag  func(reflect.StructTag) string // the part of a tag that counts
	seen map[reflect.Type]int           // the number of each type so far, because a type may contain itself
}

// encodesItself lists the interfaces of types that encode themselves, whatever the codec is.
var encodesItself = []reflect.Type{jsonMarshaler, textMarshaler, binaryMarshaler, gobEncoder}

func (w *typeWalk) walk(t reflect.Type) {
	if number, again := w.seen[t]; again {
		w.text.WriteString("#" + strconv.Itoa(number) + ";")
		return
	}
	w.seen[t] = len(w.seen)
	for _, itself := range encodesItself {
		if t.Implements(itself) || reflect.PointerTo(t).Implements(itself) {
			w.text.WriteString(strconv.Quote(t.PkgPath()+"."+t.Name()) + " ")
			break
		}
	}
	w.text.WriteString(t.Kind().String() + " ")
	switch t.Kind() {
	case reflect.Interface:
		w.text.WriteString(strconv.Quote(t.PkgPath()+"."+t.Name()) + fmt.Sprint(t.NumMethod()))
	case reflect.Pointer, reflect.Slice:
		w.walk(t.Elem())
	case reflect.Array:
		w.text.WriteString(strconv.Itoa(t.Len()) + " ")
		w.walk(t.Elem())
	case reflect.Map:
		w.walk(t.Key())
		w.walk(t.Elem())
	case reflect.Struct:
		w.text.WriteString("{")
		for field := range t.Fields() {
			w.text.WriteString(strconv.Quote(field.Name) + " " + strconv.Quote(w.tag(field.Tag)) + strconv.FormatBool(field.Anonymous) + " ")
			w.walk(field.Type)
		}
		w.text.WriteString("}")
	}
	w.text.WriteString(";")
}
