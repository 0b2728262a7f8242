package jsonkey

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// isZeroer is what encoding/json asks about a field with omitzero.
type isZeroer interface{ IsZero() bool }

var isZeroerType = reflect.TypeFor[isZeroer]()

// fields returns the problem with the fields of a struct type, or "". It is necessary because encoding/json leaves some
// fields out without an error.
func (c *check) fields(typ reflect.Type, addressable bool, names map[string]bool) string {
	for field := range typ.Fields() {
		if field.Name == "_" {
			continue
		}
		tag := field.Tag.Get("json")
		name, options, _ := strings.Cut(tag, ",")
		if !c.comeBack && tag != "-" {
			if problem := unclearTag(field.Name, typ, name, options); problem != "" {
				return problem
			}
		}
		if field.Anonymous && name == "" && field.Type.Kind() == reflect.Struct {
			if marshals(field.Type, addressable) { // encoding/json writes its fields, as for any embedded struct
				return fmt.Sprintf("the JSON of %v does not use the methods of its embedded %v", typ, field.Type)
			}
			if problem := c.fields(field.Type, addressable, names); problem != "" {
				return problem
			}
			continue
		}
		switch {
		case tag == "-":
			return fmt.Sprintf("its JSON leaves out field %s of %v", field.Name, typ)
		case !field.IsExported():
			return fmt.Sprintf("its JSON leaves out field %s of %v, which is not exported", field.Name, typ)
		case field.Anonymous && name == "" && field.Type.Kind() == reflect.Pointer:
			return fmt.Sprintf("its JSON does not record whether the embedded %v of %v is nil", field.Type, typ)
		case name == "":
			name = field.Name
		}
		if !c.comeBack && hasLength(field.Type) && has(options, "omitempty") {
			return fmt.Sprintf("its JSON does not record whether field %s of %v is nil or empty", field.Name, typ)
		}
		if names[name] {
			return fmt.Sprintf("its JSON leaves out a field of %v: two are called %q", typ, name)
		}
		names[name] = true
		c.inspect = c.inspect || (has(options, "omitempty") || has(options, "omitzero")) && hasZeros(field.Type) ||
			has(options, "omitempty") && hasLength(field.Type) // an empty result would come back as nil
		if problem := c.problem(field.Type, addressable); problem != "" {
			return problem
		}
	}
	return ""
}

// unclearTag returns the problem with the name and the options in the tag of a field of typ, or "". The two versions of
// encoding/json (GOEXPERIMENT=jsonv2 builds the other one) understand some of them differently, and then two fields may
// have one name.
func unclearTag(field string, typ reflect.Type, name, options string) string {
	for _, c := range name {
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", c) {
			return fmt.Sprintf("the tag of field %s of %v has a name with %q, which JSON may not use", field, typ, c)
		}
	}
	for option := range strings.SplitSeq(options, ",") {
		if kind, _, _ := strings.Cut(option, ":"); kind == "format" || kind == "inline" || kind == "unknown" {
			return fmt.Sprintf("the tag of field %s of %v has the option %s, which may change its JSON", field, typ, kind)
		}
	}
	return ""
}

// has reports whether option is one of the options of a field's tag.
func has(options, option string) bool { return slices.Contains(strings.Split(options, ","), option) }

// hasLength reports whether typ is a slice or a map: nil and an empty value differ, and both have no elements.
func hasLength(typ reflect.Type) bool {
	return typ.Kind() == reflect.Slice || typ.Kind() == reflect.Map
}

// hasZeros reports whether different values of type typ may count as zero: 0 and -0, or the values that a method
// IsZero reports.
func hasZeros(typ reflect.Type) bool {
	switch typ.Kind() {
	case reflect.Float32, reflect.Float64, reflect.Array, reflect.Struct:
		return true
	}
	return typ.Implements(isZeroerType) || reflect.PointerTo(typ).Implements(isZeroerType)
}

// objectKeys returns the problem with the keys of a map type, or "". Strings are used as they are, even if their type
// has methods.
func (c *check) objectKeys(typ reflect.Type) string {
	key := typ.Key()
	c.inspect = c.inspect || c.comeBack && (key.Implements(textMarshaler) || reflect.PointerTo(key).Implements(textUnmarshaler))
	switch {
	case key.Kind() == reflect.String:
	case key.Implements(textMarshaler):
		if c.comeBack {
			if !reflect.PointerTo(key).Implements(textUnmarshaler) {
				return fmt.Sprintf("the keys of %v marshal themselves, but do not unmarshal", typ)
			}
			return ""
		}
		if key.Kind() == reflect.Pointer {
			return fmt.Sprintf("JSON does not record which pointers are the keys of %v", typ)
		}
		c.inspect = true // two keys may have the same text
		return c.problem(key, false)
	case !isInteger(key):
		return fmt.Sprintf("%v has no JSON", typ)
	}
	return ""
}

func isInteger(typ reflect.Type) bool {
	zero := reflect.Zero(typ)
	return zero.CanInt() || zero.CanUint()
}
