package main

import (
	"fmt"
	"go/types"
	"reflect"
	"slices"
	"strings"
)

// jsonCheck finds out whether different values of a type have different JSON, and, with comeBack, whether they come back
// from it. Its rules and its words are the ones of internal/jsonkey, which funcvars.Replace uses when a program runs.
// There are two implementations since jsonkey needs types of reflect, and a generator has types of go/types. A test
// compares the two.
type jsonCheck struct {
	context  *types.Interface // context.Context
	comeBack bool             // results must come back
	seen     map[jsonCheckStep]bool
}

type jsonCheckStep struct {
	typ         types.Type
	addressable bool
}

// problem returns what is wrong with values of that type, or "" if nothing is. The methods of a pointer to the
// type count only for values that are addressable. A type parameter is not checked, since its type is not
// known here; cached.JSONKey checks it in a key when the program runs.
func (c *jsonCheck) problem(typ types.Type, addressable bool) string {
	typ = types.Unalias(typ)
	step := jsonCheckStep{typ, addressable}
	if c.seen[step] {
		return ""
	}
	if c.seen == nil {
		c.seen = map[jsonCheckStep]bool{}
	}
	c.seen[step] = true
	if isTypeParameter(typ) {
		return ""
	}
	if marshals(typ, addressable) {
		if c.comeBack && !unmarshals(typ) {
			return fmt.Sprintf("%s marshals itself, but does not unmarshal", nameOf(typ))
		}
		return ""
	}
	if types.Implements(typ, c.context) {
		return fmt.Sprintf("%s is a context, which belongs first, and into no key or result", nameOf(typ))
	}
	switch under := typ.Underlying().(type) {
	case *types.Chan, *types.Signature:
		return fmt.Sprintf("%s has no JSON", nameOf(typ))
	case *types.Basic:
		if under.Info()&types.IsComplex != 0 || under.Kind() == types.UnsafePointer {
			return fmt.Sprintf("%s has no JSON", nameOf(typ))
		}
	case *types.Interface:
		if c.comeBack && under.NumMethods() > 0 {
			return fmt.Sprintf("JSON does not record which %s it was", nameOf(typ))
		}
	case *types.Pointer:
		return c.problem(under.Elem(), true)
	case *types.Slice:
		return c.problem(under.Elem(), true)
	case *types.Array:
		return c.problem(under.Elem(), addressable)
	case *types.Map:
		if problem := c.objectKeys(typ, under.Key()); problem != "" {
			return problem
		}
		return c.problem(under.Elem(), false)
	case *types.Struct:
		return c.fields(typ, under, addressable, map[string]bool{})
	}
	return ""
}

// nameOf returns typ as a reader would write it.
func nameOf(typ types.Type) string { return types.TypeString(typ, (*types.Package).Name) }

// objectKeys returns what is wrong with the keys of a map, or "". Strings are keys as they are, whatever methods they have.
func (c *jsonCheck) objectKeys(typ, key types.Type) string {
	basic, _ := key.Underlying().(*types.Basic)
	switch {
	case isTypeParameter(key):
	case basic != nil && basic.Info()&types.IsString != 0:
	case implements(key, textMarshaler):
		if c.comeBack && !implements(types.NewPointer(key), textUnmarshaler) {
			return fmt.Sprintf("the keys of %s marshal themselves, but do not unmarshal", nameOf(typ))
		}
	case basic == nil || basic.Info()&types.IsInteger == 0:
		return fmt.Sprintf("%s has no JSON", nameOf(typ))
	}
	return ""
}

func isTypeParameter(typ types.Type) bool {
	_, is := types.Unalias(typ).(*types.TypeParam)
	return is
}

// hasLength reports whether typ is a slice or a map: nil and an empty value differ, and both have no elements.
func hasLength(typ types.Type) bool {
	switch typ.Underlying().(type) {
	case *types.Slice, *types.Map:
		return true
	}
	return false
}

// fields checks the fields of a struct: encoding/json leaves some out, without a word.
func (c *jsonCheck) fields(typ types.Type, structure *types.Struct, addressable bool, names map[string]bool) string {
	for i := range structure.NumFields() {
		field := structure.Field(i)
		if field.Name() == "_" {
			continue
		}
		tag := reflect.StructTag(structure.Tag(i)).Get("json")
		name, options, _ := strings.Cut(tag, ",")
		embedded := field.Embedded() && name == ""
		inner, isStruct := field.Type().Underlying().(*types.Struct)
		if embedded && isStruct && !marshals(field.Type(), addressable) {
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
		if hasLength(field.Type()) && !c.comeBack && slices.Contains(strings.Split(options, ","), "omitempty") {
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
