package jsonkey

import (
	"bytes"
	"encoding"
	"encoding/json"
	"reflect"
	"unicode/utf8"
)

// mangled reports whether value has a string that is not valid UTF-8. Text is the JSON of value. In it, encoding/json
// has replaced the invalid bytes by U+FFFD, so different strings would have the same key. By default it writes this
// U+FFFD as an escape, and a genuine U+FFFD as it is. With GOEXPERIMENT=jsonv2 it writes both in the same way; then
// mangled has to look at the strings themselves.
func mangled(value reflect.Value, text []byte) bool {
	return hasEscape(text) || !utf8.Valid(text) || hasReplacement(text) && new(search).finds(value)
}

// hasEscape reports whether text contains U+FFFD as an escape.
func hasEscape(text []byte) bool {
	for {
		before, after, found := bytes.Cut(text, []byte(`\`))
		if !found {
			return false
		}
		if bytes.HasPrefix(after, []byte("ufffd")) {
			return true
		}
		text = text[len(before)+2:] // skip the backslash and the character that it escapes
	}
}

func hasReplacement(text []byte) bool { return bytes.ContainsRune(text, utf8.RuneError) }

// search looks for a string that is not valid UTF-8 in a value that has JSON.
type search struct {
	// inside is true inside a value that marshals itself. Which parts of it become strings is unknown: bytes may, and
	// unexported fields, too.
	inside bool
	seen   map[visit]bool
}

type visit struct {
	pointer uintptr
	length  int
	typ     reflect.Type
}

// finds reports whether value contains such a string.
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

// isNew reports whether value, which is a pointer, a slice or a map, is not nil and has not been searched before.
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

// findsIn is finds for the elements of a list. Outside a value that marshals itself, bytes become base64, so they
// cannot be invalid.
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

// findsInMap is finds for the keys and values of a map. String keys are used as they are, even if their type has
// methods.
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

// ask checks the text that value makes of itself by MarshalJSON or MarshalText. Made is false if value has no such
// method. A MarshalJSON may use json.Marshal, which replaces invalid bytes. So if its text has a U+FFFD, or an escape of
// it, ask looks at the strings inside value.
func ask(value reflect.Value) (found, made bool) {
	if value.Kind() == reflect.Pointer && value.IsNil() || value.Kind() == reflect.Interface {
		return false, false
	}
	if m, ok := methods[json.Marshaler](value); ok {
		text, err := m.MarshalJSON()
		suspect := hasEscape(text) || hasReplacement(text)
		return err != nil || !utf8.Valid(text) || suspect && (&search{inside: true}).finds(value), true
	}
	if m, ok := methods[encoding.TextMarshaler](value); ok {
		text, err := m.MarshalText()
		return err != nil || !utf8.Valid(text), true
	}
	return false, false
}

// methods returns value, or a pointer to it, as a T. It reports false if neither is a T.
func methods[T any](value reflect.Value) (T, bool) {
	if value.CanAddr() {
		if m, ok := reflect.TypeAssert[T](value.Addr()); ok {
			return m, true
		}
	}
	m, ok := reflect.TypeAssert[T](value)
	return m, ok
}
