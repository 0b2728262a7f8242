package jsonkey

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"reflect"
)

var (
	errChanged = errors.New("another value would come back from its JSON")
	errDeep    = errors.New("it is nested too deep to be read")
)

// minDeep is the length of the shortest text that encoding/json cannot read because of its depth.
const minDeep = 20_000

// MarshalResult is [Marshal] of the result that pointer points to. It returns an error if another result would come back
// from the JSON. It does not look for what [ResultProblem] finds.
func MarshalResult(pointer reflect.Value) ([]byte, error) {
	text, err := Marshal(pointer.Interface())
	switch result := pointer.Elem(); {
	case err != nil:
		return nil, err
	case len(text) >= minDeep && !json.Valid(text):
		return nil, errDeep
	case mangled(result, text) && new(search).finds(result): // an escape of U+FFFD may be genuine
		return nil, errNotUTF8
	case resultOf(result.Type(), true).inspect:
		// Reading the text is the simplest test, and misses nothing. Only some types need it, and only when they are stored.
		back := reflect.New(result.Type())
		if err := json.Unmarshal(text, back.Interface()); err != nil {
			return nil, err
		}
		if !same(result, back.Elem()) {
			return nil, errChanged
		}
	}
	return text, nil
}

// same reports whether back, which was read from the JSON of value, is the same. Types that make their own JSON are
// trusted.
func same(value, back reflect.Value) bool {
	switch value.Kind() {
	case reflect.Pointer:
		return value.IsNil() == back.IsNil() && (value.IsNil() || same(value.Elem(), back.Elem()))
	case reflect.Slice:
		if value.Type() == rawType {
			return value.IsNil() == back.IsNil() && bytes.Equal(value.Bytes(), back.Bytes())
		}
	}
	if value.Type() != numberType && marshals(value.Type(), value.CanAddr()) {
		return true
	}
	switch value.Kind() {
	case reflect.Slice:
		return value.IsNil() == back.IsNil() && sameElements(value, back)
	case reflect.Array:
		return sameElements(value, back)
	case reflect.Map:
		return value.IsNil() == back.IsNil() && value.Len() == back.Len() && sameEntries(value, back)
	case reflect.Struct:
		for field, part := range value.Fields() {
			if (field.IsExported() || field.Anonymous) && !same(part, back.FieldByIndex(field.Index)) {
				return false
			}
		}
		return true
	}
	return value.Equal(back)
}

func sameElements(value, back reflect.Value) bool {
	if value.Len() != back.Len() {
		return false
	}
	for i := range value.Len() {
		if !same(value.Index(i), back.Index(i)) {
			return false
		}
	}
	return true
}

// sameEntries is same for two maps of the same length. Keys that make their own text are the same if their texts are.
func sameEntries(value, back reflect.Value) bool {
	if key := value.Type().Key(); key.Kind() == reflect.String || !key.Implements(textMarshaler) {
		for i := value.MapRange(); i.Next(); {
			if part := back.MapIndex(i.Key()); !part.IsValid() || !same(i.Value(), part) {
				return false
			}
		}
		return true
	}
	texts := make(map[string]reflect.Value, back.Len())
	for i := back.MapRange(); i.Next(); {
		texts[textOf(i.Key())] = i.Value()
	}
	for i := value.MapRange(); i.Next(); {
		if part, ok := texts[textOf(i.Key())]; !ok || !same(i.Value(), part) {
			return false
		}
	}
	return true
}

// textOf returns the text of a key that has made it before.
func textOf(key reflect.Value) string {
	text, err := key.Interface().(encoding.TextMarshaler).MarshalText()
	if err != nil {
		return ""
	}
	return string(text)
}
