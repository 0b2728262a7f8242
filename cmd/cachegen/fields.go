package main

import (
	"fmt"
	"go/types"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// fields checks the fields of a struct: encoding/json leaves some out, without a word.
func (c *jsonCheck) fields(typ types.Type, structure *types.Struct, addressable bool, names map[string]bool) string {
	for i := range structure.NumFields() {
		field := structure.Field(i)
		if field.Name() == "_" {
			continue
		}
		tag := reflect.StructTag(structure.Tag(i)).Get("json")
		name, options, _ := strings.Cut(tag, ",")
		if !c.comeBack && tag != "-" {
			if problem := unclearTag(field.Name(), nameOf(typ), name, options); problem != "" {
				return problem
			}
		}
		embedded := field.Embedded() && name == ""
		if inner, isStruct := field.Type().Underlying().(*types.Struct); embedded && isStruct {
			if marshals(field.Type(), addressable) { // encoding/json writes its fields, as for any embedded struct
				return fmt.Sprintf("the JSON of %s does not use the methods of its embedded %s", nameOf(typ), nameOf(field.Type()))
			}
			if problem := c.fields(field.Type(), inner, addressable, names); problem != "" {
				return problem
			}
			continue
		}
		_, isPointer := field.Type().Underlying().(*types.Pointer)
		switch {
		case tag == "-":
			return fmt.Sprintf("its JSON leaves out field %s of %s", field.Name(), nameOf(typ))
		case !field.Exported():
			return fmt.Sprintf("its JSON leaves out field %s of %s, which is not exported", field.Name(), nameOf(typ))
		case embedded && isPointer:
			return fmt.Sprintf("its JSON does not record whether the embedded %s of %s is nil", nameOf(field.Type()), nameOf(typ))
		case name == "":
			name = field.Name()
		}
		if !c.comeBack && anyType(field.Type(), hasLength) && slices.Contains(strings.Split(options, ","), "omitempty") {
			return fmt.Sprintf("its JSON does not record whether field %s of %s is nil or empty", field.Name(), nameOf(typ))
		}
		if names[name] {
			return fmt.Sprintf("its JSON leaves out a field of %s: two are called %q", nameOf(typ), name)
		}
		names[name] = true
		if problem := c.problem(field.Type(), addressable); problem != "" {
			return problem
		}
	}
	return ""
}

// unclearTag returns what is wrong with the name and the options in the tag of a field of typ, or "". The two versions
// of encoding/json (GOEXPERIMENT=jsonv2 builds the other one) understand some of them differently, and then two fields
// may have one name.
func unclearTag(field, typ, name, options string) string {
	for _, c := range name {
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", c) {
			return fmt.Sprintf("the tag of field %s of %s has a name with %q, which JSON may not use", field, typ, c)
		}
	}
	for option := range strings.SplitSeq(options, ",") {
		if kind, _, _ := strings.Cut(option, ":"); kind == "format" || kind == "inline" || kind == "unknown" {
			return fmt.Sprintf("the tag of field %s of %s has the option %s, which may change its JSON", field, typ, kind)
		}
	}
	return ""
}

// hasLength reports whether typ is a slice or a map: nil and an empty value differ, and both have no elements.
func hasLength(typ types.Type) bool {
	switch typ.Underlying().(type) {
	case *types.Slice, *types.Map:
		return true
	}
	return false
}
