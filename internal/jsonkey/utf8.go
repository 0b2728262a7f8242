package jsonkey

import (
	"bytes"
	"encoding"
	"encoding/json"
	"reflect"
	"unicode/utf8"
)

// mangled reports whether text, which is the JSON of value, lacks bytes that value has: encoding/json replaces what is
// not valid UTF-8 in a string by U+FFFD, so that different strings would share a key. By default it writes that as an
// escape, and leaves a genuine U+FFFD as it is. Built with GOEXPERIMENT=jsonv2 it writes both alike; then the strings
// themselves have to be looked at.
func mangled(value reflect.Value, text []byte) bool {
	return hasEscape(text) || !utf8.Valid(text) || hasReplacement(text) && new(search).finds(value)
}

// hasEscape reports whether text has U+FFFD as an escape.
func hasEscape(text []byte) bool {
	for {
		before, after, found := bytes.Cut(text, []byte(`\`))
		if !found {
			return false
		}
		if bytes.HasPrefix(after, []byte("ufffd")) {
			return true
		}
		text = text[len(before)+2:] // a backslash, and what it escapes
	}
}

func hasReplacement(text []byte) bool { return bytes.ContainsRune(text, utf8.RuneError) }

// search looks for a string that is not valid UTF-8 in a value that has JSON.
type search struct {
	// inside a value that marshals itself, nobody knows what becomes a string: bytes may, and so may the fields that are
	// not exported.
	inside bool
	seen   map[visit]bool
}

type visit struct {
	pointer uintptr
	length  int
	typ     reflect.Type
}

// finds reports whether there is such a string in value.
func (s *search) finds(value reflect.Value) bool {
	if !s.inside && value.IsValid() && value.CanInterface() {
		if found, made := ask(value); made {
			return found
		}
	}
	switch value.Kind() {
	case reflect.String:
		return !utf8.ValidString(value.String())
	case reflect.Interface:
		return s.finds(value.Elem())
	case reflect.Pointer:
		return s.isNew(value, 0) && s.finds(value.Elem())
	case reflect.Array:
		return s.findsIn(value)
	case reflect.Slice:
		return s.isNew(value, value.Len()) && s.findsIn(value)
	case reflect.Map:
		return s.isNew(value, 0) && s.findsInMap(value)
	case reflect.Struct:
		for field, part := range value.Fields() {
			if (s.inside || field.IsExported() || field.Anonymous) && s.finds(part) {
				return true
			}
		}
	}
	return false
}

// isNew reports whether value, a pointer, a slice or a map, is not nil and was not looked at before.
func (s *search) isNew(value reflect.Value, length int) bool {
	v := visit{value.Pointer(), length, value.Type()}
	if v.pointer == 0 || s.seen[v] {
		return false
	}
	if s.seen == nil {
		s.seen = make(map[visit]bool)
	}
	s.seen[v] = true
	return true
}

// findsIn is finds for the elements of a list. Bytes have the JSON of base64.
func (s *search) findsIn(list reflect.Value) bool {
	if list.Type().Elem().Kind() == reflect.Uint8 && s.inside {
		text := make([]byte, list.Len())
		for i := range text {
			text[i] = byte(list.Index(i).Uint())
		}
		return !utf8.Valid(text)
	}
	for i := range list.Len() {
		if s.finds(list.Index(i)) {
			return true
		}
	}
	return false
}

// findsInMap is finds for the keys and values of a map. Keys that are strings are used as they are, whatever methods
// they have.
func (s *search) findsInMap(entries reflect.Value) bool {
	for i := entries.MapRange(); i.Next(); {
		key := i.Key()
		if key.Kind() == reflect.String {
			if !utf8.ValidString(key.String()) {
				return true
			}
		} else if s.finds(key) {
			return true
		}
		if s.finds(i.Value()) {
			return true
		}
	}
	return false
}

// ask looks at the text that value makes of itself; made reports whether it does. In the text of a MarshalJSON, strings
// may have been replaced already, as by a json.Marshal in it, so then the strings inside of value count.
func ask(value reflect.Value) (found, made bool) {
	if value.Kind() == reflect.Pointer && value.IsNil() || value.Kind() == reflect.Interface {
		return false, false
	}
	if m, ok := methods[json.Marshaler](value); ok {
		text, err := m.MarshalJSON()
		return err != nil || !utf8.Valid(text) || hasReplacement(text) && (&search{inside: true}).finds(value), true
	}
	if m, ok := methods[encoding.TextMarshaler](value); ok {
		text, err := m.MarshalText()
		return err != nil || !utf8.Valid(text), true
	}
	return false, false
}

// methods returns value, or a pointer to it, as a T.
func methods[T any](value reflect.Value) (T, bool) {
	if value.CanAddr() {
		if m, ok := reflect.TypeAssert[T](value.Addr()); ok {
			return m, true
		}
	}
	m, ok := reflect.TypeAssert[T](value)
	return m, ok
}
