package jsonkey

import (
	"encoding/json"
	"reflect"
	"strings"
)

var numberType = reflect.TypeFor[json.Number]()

// hasEmptyNumber reports whether value, which has JSON, has an empty json.Number. Its JSON is 0, as for the number "0".
// Parts that marshal themselves are not searched.
func hasEmptyNumber(value reflect.Value) bool {
	switch {
	case !value.IsValid(): // the nil of an interface or a pointer
		return false
	case value.Type() == numberType:
		return value.Len() == 0
	case marshals(value.Type(), value.CanAddr()):
		return false
	}
	switch value.Kind() {
	case reflect.Interface, reflect.Pointer:
		return hasEmptyNumber(value.Elem())
	case reflect.Slice, reflect.Array:
		for i := range value.Len() {
			if hasEmptyNumber(value.Index(i)) {
				return true
			}
		}
	case reflect.Map:
		for i := value.MapRange(); i.Next(); { // a key is used as it is
			if hasEmptyNumber(i.Value()) {
				return true
			}
		}
	case reflect.Struct:
		for field, part := range value.Fields() {
			if field.Name != "_" && !omitted(field, part) && hasEmptyNumber(part) {
				return true
			}
		}
	}
	return false
}

// omitted reports whether the JSON of a struct leaves out this field, which is a zero value.
func omitted(field reflect.StructField, part reflect.Value) bool {
	_, options, _ := strings.Cut(field.Tag.Get("json"), ",")
	return part.IsZero() && (has(options, "omitempty") || has(options, "omitzero"))
}
