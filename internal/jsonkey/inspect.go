package jsonkey

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"

	"github.com/ctxcache/cached/ctxcache"
)

var (
	numberType = reflect.TypeFor[json.Number]()
	rawType    = reflect.TypeFor[json.RawMessage]()
)

var (
	errEmptyNumber = errors.New("it has an empty json.Number")
	errRaw         = errors.New("it has a json.RawMessage that JSON writes in another way, or that is null")
	errNull        = errors.New("it has a pointer to a value whose JSON is null, as for a nil pointer")
	errSameText    = errors.New("it has a map with two keys that have the same text")
	errLeftOut     = errors.New("its JSON leaves out a field that is not the zero value: -0, or a value whose IsZero reports true")
)

// shared returns an error if a part of value, which has JSON, has the same JSON as another part would have, though its
// type is fine.
func shared(value reflect.Value) error {
	switch {
	case !value.IsValid(): // the nil of an interface or a pointer
		return nil
	case value.Type() == numberType:
		if value.Len() == 0 { // its JSON is 0, as for the number "0"
			return errEmptyNumber
		}
		return nil
	case value.Kind() == reflect.Pointer && !value.IsNil() && marshals(value.Type().Elem(), true):
		if text, err := Marshal(value.Interface()); err != nil || string(text) == "null" {
			return orNoJSON(errNull, err)
		}
		return shared(value.Elem())
	case marshals(value.Type(), value.CanAddr()):
		return sharedOwn(value)
	}
	switch value.Kind() {
	case reflect.Interface:
		return shared(value.Elem())
	case reflect.Pointer:
		return shared(value.Elem())
	case reflect.Slice, reflect.Array:
		for i := range value.Len() {
			if err := shared(value.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Map:
		return sharedEntries(value)
	case reflect.Struct:
		return sharedFields(value)
	}
	return nil
}

// orNoJSON returns problem if err is nil. Otherwise a method failed that has worked before.
func orNoJSON(problem, err error) error {
	if err != nil {
		return ctxcache.Discreet("it has no JSON", err)
	}
	return problem
}

// sharedOwn is shared for a value that makes its own JSON.
func sharedOwn(value reflect.Value) error {
	switch {
	case value.Kind() == reflect.Pointer:
	case value.Type() == rawType && !value.IsNil():
		// A nil one is null, too. White space counts for a function that takes raw JSON, but is not in the key.
		text, err := Marshal(value.Interface())
		if err != nil || string(text) == "null" || !bytes.Equal(text, value.Bytes()) {
			return orNoJSON(errRaw, err)
		}
	case value.Kind() == reflect.Struct && value.NumField() == 1:
		field, part := value.Type().Field(0), value.Field(0)
		if field.Anonymous && part.Kind() != reflect.Pointer { // pointers may make a circle
			return shared(part) // the methods may be the field's
		}
	}
	return nil
}

// sharedEntries is shared for a map. Keys are used as they are.
func sharedEntries(object reflect.Value) error {
	seen := make(map[string]bool)
	for i := object.MapRange(); i.Next(); {
		if err := shared(i.Value()); err != nil {
			return err
		}
		key := i.Key()
		if key.Kind() == reflect.String {
			continue
		}
		if m, ok := reflect.TypeAssert[encoding.TextMarshaler](key); ok {
			text, err := m.MarshalText()
			if err != nil || seen[string(text)] {
				return orNoJSON(errSameText, err)
			}
			seen[string(text)] = true
		}
	}
	return nil
}

// sharedFields is shared for a struct.
func sharedFields(structure reflect.Value) error {
	for field, part := range structure.Fields() {
		switch {
		case field.Name == "_":
		case !omitted(field, part):
			if err := shared(part); err != nil {
				return err
			}
		case !isExactZero(part):
			return errLeftOut
		}
	}
	return nil
}

// omitted reports whether the JSON of a struct leaves out this field because of its value.
func omitted(field reflect.StructField, part reflect.Value) bool {
	name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
	if field.Anonymous && name == "" && part.Kind() == reflect.Struct {
		return false // its fields are written, whatever the options are
	}
	return has(options, "omitempty") && isEmpty(part) || has(options, "omitzero") && isZero(part)
}

// isEmpty reports whether encoding/json leaves value out for omitempty.
func isEmpty(value reflect.Value) bool {
	switch value.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice:
		return value.Len() == 0
	case reflect.Struct:
		return false
	}
	return value.IsZero()
}

// isZero reports whether encoding/json leaves value out for omitzero. It asks the method IsZero if there is one.
func isZero(value reflect.Value) bool {
	typ := value.Type()
	switch {
	case value.Kind() == reflect.Pointer && value.IsNil(), value.Kind() == reflect.Interface && isNilInside(value):
		return true
	case typ.Implements(isZeroerType):
		return value.Interface().(isZeroer).IsZero()
	case reflect.PointerTo(typ).Implements(isZeroerType):
		pointer := reflect.New(typ)
		pointer.Elem().Set(value)
		return pointer.Interface().(isZeroer).IsZero()
	}
	return value.IsZero()
}

// isNilInside reports whether an interface is nil or has a nil pointer.
func isNilInside(value reflect.Value) bool {
	return value.IsNil() || value.Elem().Kind() == reflect.Pointer && value.Elem().IsNil()
}

// isExactZero reports whether value is the zero value. Unlike reflect, it does not count -0.
func isExactZero(value reflect.Value) bool {
	switch value.Kind() {
	case reflect.Float32, reflect.Float64:
		return math.Float64bits(value.Float()) == 0
	case reflect.Array:
		for i := range value.Len() {
			if !isExactZero(value.Index(i)) {
				return false
			}
		}
	case reflect.Struct:
		for _, part := range value.Fields() {
			if !isExactZero(part) {
				return false
			}
		}
	default:
		return value.IsZero()
	}
	return true
}
